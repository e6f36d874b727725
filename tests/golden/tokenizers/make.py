#!/usr/bin/env python3
"""Writes the golden files of tokenizer "hf": small tokenizers of every kind, made and asked by the field's library.

    pip install tokenizers sentencepiece && python3 make.py

Each file has the tokenizer.json, texts, the ids that the library gives them (without special tokens), and what it makes
of the ids again.
"""
import base64
import json
import os
import random
import struct
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = os.path.dirname(os.path.abspath(__file__))

TEXTS = [
    "", " ", "  ", "\t\n", "hello world", " Hello  World! ", "It's John's; they'll've done it.", "naïve café Ünïcödé",
    "e\u0301te\u0301 cafe\u0301", "日本語 と 中文字", "x日y", "1234567890 3,141.59 ½ ²", "a\u00a0b\u2003c\u3000d", "tab\there\r\nnew\n\nline",
    "zero\u200bwidth \ufeffmark \u00adsoft", "control\x01 and \x7f", "emoji 😀 and 👩‍👩‍👧 flags 🇩🇪", "İstanbul ΑΣ ẞ ǅ", "ﬁne ① ｆｕｌｌ", "hello_world don't_stop",
    "(brackets) [and] {more} <less> #tag @you $5 100% a+b=c ~ ` ^ | \\ /", "aaaaaaaaaaaaaaaaaaaa", "over the lazy dog " * 3,
    "▁marked▁ ▁text", "the\u0308 quick\u0301 brown fox", "<tab>x<tab> y<tab>", "not<word>here but <word> here<word>", "ends with space ", "नमस्ते दुनिया", "Привет, мир!",
    "x" * 120, "...!!!???", "A.B.C. 3.5 e.g.", "\U00010400\U00010428 old", "mixed ÀÉ lower àé",
]


def corpus():
    rng = random.Random(7)
    words = "the quick brown fox jumps over lazy dog hello world it's John's they'll done naive cafe text with space here 123 45 6".split()
    lines = [" ".join(rng.choice(words) for _ in range(rng.randint(3, 12))) + rng.choice([".", "!", "?", ""]) for _ in range(300)]
    return lines + ["naïve café été", "hello, world (again)", "Hello World", "日本語 中文", "a+b=c", "Привет мир"]


def charsmap():
    """A small table: what a SentencePiece model with rules of its own brings along."""
    with tempfile.TemporaryDirectory() as folder:
        rules = os.path.join(folder, "rules.tsv")
        pairs = [("ﬁ", "fi"), ("①", "1"), ("½", "1/2"), ("\u00a0", " "), ("\u3000", " "), ("e\u0301", "é"), ("\u200b", ""), ("\u2003", " "), ("ｆ", "f"), ("\t", " ")]
        with open(rules, "w") as out:
            for left, right in pairs:
                out.write(" ".join("%X" % ord(c) for c in left) + "\t" + " ".join("%X" % ord(c) for c in right) + "\n")
        text = os.path.join(folder, "text")
        with open(text, "w") as out:
            out.write("\n".join(corpus()))
        sentencepiece.SentencePieceTrainer.Train(input=text, model_prefix=os.path.join(folder, "m"), vocab_size=90, normalization_rule_tsv=rules,
                                                 hard_vocab_limit=False, minloglevel=2)
        proto = sentencepiece_model_pb2.ModelProto()
        proto.ParseFromString(open(os.path.join(folder, "m.model"), "rb").read())
        return base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()


def write(name, tokenizer, texts=TEXTS):
    made = json.loads(tokenizer.to_str())
    made.pop("truncation", None), made.pop("padding", None)
    tokenizer = Tokenizer.from_str(json.dumps(made))
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    decoded = [tokenizer.decode(one, skip_special_tokens=False) for one in ids]
    with open(os.path.join(HERE, name + ".json"), "w") as out:
        out.write(json.dumps({"tokenizer": made, "texts": texts, "ids": ids, "decoded": decoded}, ensure_ascii=False, separators=(",", ":")) + "\n")


def trained(tokenizer, trainer):
    tokenizer.train_from_iterator(corpus(), trainer)
    return tokenizer


def bert(name, **options):
    one = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    one.normalizer = normalizers.BertNormalizer(**options)
    one.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    one.decoder = decoders.WordPiece()
    trained(one, trainers.WordPieceTrainer(vocab_size=150, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
    one.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    write(name, one)


def byte_tokens():
    return ["<0x%02X>" % byte for byte in range(256)]


def llama(name, legacy):
    base = Tokenizer(models.BPE(unk_token="<unk>"))
    base.pre_tokenizer = pre_tokenizers.Metaspace()
    trained(base, trainers.BpeTrainer(vocab_size=160, special_tokens=["<unk>", "<s>", "</s>"] + byte_tokens(), show_progress=False))
    made = json.loads(base.to_str())["model"]
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in made["merges"]]
    vocabulary = dict(made["vocab"])
    for letter in "abcdefghijklmnopqrstuvwxyz▁":
        vocabulary.setdefault(letter, len(vocabulary))
    for pair in [("▁", "t"), ("h", "e"), ("▁t", "he"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("▁", "▁"), ("o", "v")]:
        if pair not in merges:
            merges.append(pair)
            vocabulary.setdefault(pair[0] + pair[1], len(vocabulary))
    one = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    if legacy:
        one.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    else:
        one.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
    one.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    one.add_special_tokens(["<unk>", "<s>", "</s>"])
    one.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    write(name, one)


def unigram(name, normalizer, byte_fallback):
    one = Tokenizer(models.Unigram())
    one.normalizer = normalizer
    one.pre_tokenizer = pre_tokenizers.Metaspace()
    one.decoder = decoders.Metaspace()
    trained(one, trainers.UnigramTrainer(vocab_size=140, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False))
    made = json.loads(one.to_str())
    if byte_fallback:
        made["model"]["vocab"] += [[token, -20.0] for token in byte_tokens()]
        made["model"]["byte_fallback"] = True
    write(name, Tokenizer.from_str(json.dumps(made)))


def clip():
    one = Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    one.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    one.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), "removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False)])
    one.decoder = decoders.Sequence([decoders.ByteLevel(), decoders.Replace("</w>", " ")])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trained(one, trainers.BpeTrainer(vocab_size=700, initial_alphabet=alphabet, end_of_word_suffix="</w>", special_tokens=["<|endoftext|>"], show_progress=False))
    made = json.loads(one.to_str())
    for letter in sorted(alphabet):  # as in CLIP, each byte also ends a word
        made["model"]["vocab"].setdefault(letter + "</w>", len(made["model"]["vocab"]))
    write("clip", Tokenizer.from_str(json.dumps(made)))


def byte_level(name, pre_tokenizer, **options):
    one = Tokenizer(models.BPE(**options))
    one.pre_tokenizer = pre_tokenizer
    one.decoder = decoders.ByteLevel()
    trained(one, trainers.BpeTrainer(vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<|end|>"], show_progress=False))
    return one


def characters_by_word_piece(name, pre_tokenizer, normalizer=None, added=()):
    """A token a character, in the middle of a piece with ##: it shows where pieces begin."""
    letters = sorted({c for text in TEXTS for c in text if not c.isspace()} | set(" ▁"))
    vocabulary = {"[UNK]": 0}
    for letter in letters:
        vocabulary[letter] = len(vocabulary)
        vocabulary["##" + letter] = len(vocabulary)
    one = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=60))
    one.normalizer = normalizer
    if pre_tokenizer is not None:
        one.pre_tokenizer = pre_tokenizer
    one.decoder = decoders.WordPiece(cleanup=False)
    one.add_special_tokens(["[UNK]"])
    one.add_tokens(list(added))
    write(name, one)


def main():
    bert("bert", lowercase=True)
    bert("bert-cased", lowercase=False)
    bert("bert-accents", lowercase=True, strip_accents=False, handle_chinese_chars=False, clean_text=False)
    llama("llama", True)
    llama("llama-metaspace", False)
    table = charsmap()
    precompiled = normalizers.Precompiled(base64.b64decode(table))
    unigram("t5", precompiled, False)
    unigram("albert", normalizers.Sequence([normalizers.Replace("``", '"'), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(),
                                            precompiled, normalizers.Replace(Regex(" {2,}"), " ")]), True)
    clip()
    split = pre_tokenizers.Split
    write("falcon", byte_level("falcon", pre_tokenizers.Sequence([
        pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.ByteLevel(add_prefix_space=False), pre_tokenizers.Digits(False),
        split(Regex("[0-9][0-9][0-9]"), "isolated")])))
    neox = byte_level("neox", pre_tokenizers.ByteLevel(add_prefix_space=False))
    neox.add_tokens([AddedToken(" " * n, normalized=True) for n in range(5, 1, -1)])
    write("neox", neox)
    write("llama3", byte_level("llama3", pre_tokenizers.Sequence([
        split(Regex(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]), ignore_merges=True))

    words = Tokenizer(models.WordLevel(unk_token="<unk>"))
    words.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.Nmt(), normalizers.Strip(), normalizers.Lowercase()])
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    write("words", trained(words, trainers.WordLevelTrainer(vocab_size=80, special_tokens=["<unk>"], show_progress=False)))

    subwords = Tokenizer(models.BPE(unk_token="<unk>", continuing_subword_prefix="##"))
    subwords.normalizer = normalizers.NFKC()
    subwords.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    write("prefix", trained(subwords, trainers.BpeTrainer(vocab_size=150, special_tokens=["<unk>"], continuing_subword_prefix="##", show_progress=False)))
    suffix = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>", fuse_unk=True))
    suffix.pre_tokenizer = pre_tokenizers.CharDelimiterSplit(" ")
    suffix.decoder = decoders.BPEDecoder()
    write("suffix", trained(suffix, trainers.BpeTrainer(vocab_size=150, special_tokens=["<unk>"], end_of_word_suffix="</w>", show_progress=False)))

    for behaviour in ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]:
        characters_by_word_piece("split-" + behaviour, split(Regex(r"[\s.!?]"), behaviour))
    characters_by_word_piece("split-inverted", split(Regex(r"\w+"), "merged_with_previous", invert=True))
    characters_by_word_piece("split-string", split(".", "removed"))
    characters_by_word_piece("punctuation", pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation("merged_with_next")]))
    characters_by_word_piece("digits", pre_tokenizers.Digits(individual_digits=True))
    characters_by_word_piece("metaspace-never", pre_tokenizers.Metaspace(prepend_scheme="never"), normalizers.Strip(right=False))
    characters_by_word_piece("added", pre_tokenizers.Whitespace(), normalizers.Lowercase(), [
        AddedToken("<word>", single_word=True), AddedToken("<tab>", lstrip=True, rstrip=True), AddedToken("Hello", normalized=True),
        AddedToken("World", normalized=False), AddedToken("dog", rstrip=True, single_word=True)])


if __name__ == "__main__":
    main()
