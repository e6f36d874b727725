"""Makes lines.tsv and scores.tsv: random line pairs and what the reference scorer says of them.

usage: python make.py        (needs sacrebleu; written with sacrebleu 2.6.0, Python 3.11, Unicode 14)

lines.tsv    hypothesis TAB reference, 1,000 pairs; \\t \\n \\r \\\\ escaped
scores.tsv   metric TAB setting TAB first line TAB lines TAB references TAB score. References are those of the line and,
             if there are two, that of the line before (the last one's for the first).
lower.tsv    text TAB str.lower() of it, for the rules that need their neighbours
Random text comes from the generator below, so nothing is copied from anywhere.
"""
import pathlib
import random
import unicodedata

import regex
import sacrebleu
from sacrebleu.metrics import BLEU, CHRF

HERE = pathlib.Path(__file__).parent
SEED, LINES = 20261120, 1000
random.seed(SEED)

RANGES = [  # letters with and without case, marks, digits, symbols, punctuation of many scripts
    (0x21, 0x7E), (0xA1, 0x17F), (0x180, 0x24F), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x58F), (0x5D0, 0x5F4),
    (0x600, 0x66F), (0x900, 0x97F), (0xE00, 0xE5B), (0x10A0, 0x10FF), (0x13A0, 0x13FD), (0x1C90, 0x1CBF),
    (0x1E00, 0x1EFF), (0x1F00, 0x1FFE), (0x2010, 0x2027), (0x2030, 0x205E), (0x2070, 0x209C), (0x20A0, 0x20BF),
    (0x2100, 0x218B), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2460, 0x24FF), (0x2C00, 0x2C7F), (0x3001, 0x303F),
    (0x3041, 0x30FF), (0x4E00, 0x4E80), (0xA640, 0xA69D), (0xA720, 0xA7BF), (0xFB00, 0xFB06), (0xFF01, 0xFF5E),
    (0x10400, 0x1044F), (0x104B0, 0x104FB), (0x118A0, 0x118DF), (0x1D400, 0x1D420), (0x1D7CE, 0x1D7FF),
    (0x1F300, 0x1F320), (0x1F600, 0x1F64F),
]
SPACES = [" "] * 30 + ["  ", "\t", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0", "\u1680",
                       "\u2000", "\u2003", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"]
SNIPPETS = ["&quot;", "&amp;", "&lt;", "&gt;", "&amp;lt;", "&apos;", "<skipped>", "-\n", "1,234.5", "3.", ".5", "...",
            "10-12", "a-b", "U.S.A.", "e.g.,", "don't", "\u0130stanbul", "\u039f\u0394\u039f\u03a3", "\u03a3", "\u03a3.", "A\u03a3\u0301b",
            "A\u00ad\u03a3", "1\u03a3", "\u200b", "\ufeff", "\u0660,\u0661", "\u00bd.", "\u216b,", "\u1e9e\u00df",
            "\u01c5", "e\u0301", "\U0001f468\u200d\U0001f469", "@-@", "(hi)", "--", "$5.00", "\u20ac7,50", "\u3002"]


def agreed(c):
    """Assigned, and of one class in Python's Unicode and in the regex module's newer one."""
    category = unicodedata.category(c)
    return category != "Cn" and all(
        bool(regex.match(rf"\p{{{kind}}}", c)) == category.startswith(kind) for kind in "PSN")


POOLS = [[c for c in map(chr, range(a, b + 1)) if agreed(c)] for a, b in RANGES]
VOCABULARY = ["".join(random.choice(POOLS[0] if random.random() < 0.5 else random.choice(POOLS))
                      for _ in range(random.randint(1, 5))) for _ in range(150)] + SNIPPETS


def line():
    words = []
    for _ in range(random.choice([0, 1, 2, 3, 4, 5, 6, 8, 10, 12])):
        words.append(random.choice(VOCABULARY))
        if random.random() < 0.9:
            words.append(random.choice(SPACES))
    return "".join(words)


def disturbed(text):
    """The same line with some characters dropped, changed in case, or moved, so that n-grams do match."""
    out = []
    for c in text:
        chance = random.random()
        if chance < 0.03:
            continue
        out.append(c.upper() if chance < 0.08 else c.lower() if chance < 0.10 else c)
        if chance > 0.985:
            out.append(random.choice(VOCABULARY))
    return "".join(out)


def escaped(text):
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def write(name, rows):
    (HERE / name).write_bytes("".join("\t".join(row) + "\n" for row in rows).encode())


references = [line() for _ in range(LINES)]
hypotheses = [disturbed(r) if random.random() < 0.9 else line() for r in references]
write("lines.tsv", [(escaped(h), escaped(r)) for h, r in zip(hypotheses, references)])

scores = []


def score(metric, name, setting, first, count, nrefs=1):
    ours = slice(first, first + count)
    streams = [references[ours], (references[-1:] + references[:-1])[ours]][:nrefs]
    value = metric.corpus_score(hypotheses[ours], streams).score
    scores.append((name, setting, str(first), str(count), str(nrefs), repr(value)))
    return metric.get_signature().format().rsplit("|", 1)[0]


for tokenize in ("13a", "intl", "none", "char"):
    for lowercase in (False, True):
        setting = f"tok:{tokenize},lc:{int(lowercase)}"
        bleu = BLEU(tokenize=tokenize, lowercase=lowercase, force=True)
        for nrefs in (1, 2):
            signature = score(bleu, "bleu", setting, 0, LINES, nrefs)
            scores.append(("bleu-signature", setting, "0", str(LINES), str(nrefs), signature))
        for first in range(0, LINES, 5):
            score(bleu, "bleu", setting, first, 5)
for smooth in ("none", "floor", "add-k", "exp"):
    for effective in (False, True):
        bleu = BLEU(smooth_method=smooth, effective_order=effective, force=True)
        signature = score(bleu, "bleu", f"smooth:{smooth},eff:{int(effective)}", 0, LINES)
        scores.append(("bleu-signature", f"smooth:{smooth},eff:{int(effective)}", "0", str(LINES), "1", signature))
        for first in range(0, 100):
            score(bleu, "bleu", f"smooth:{smooth},eff:{int(effective)}", first, 1)
for words in (0, 2):
    for lowercase in (False, True):
        for space in (False, True):
            for eps in (False, True):
                setting = f"nw:{words},lc:{int(lowercase)},space:{int(space)},eps:{int(eps)}"
                chrf = CHRF(word_order=words, lowercase=lowercase, whitespace=space, eps_smoothing=eps)
                for nrefs in (1, 2):
                    signature = score(chrf, "chrf", setting, 0, LINES, nrefs)
                    scores.append(("chrf-signature", setting, "0", str(LINES), str(nrefs), signature))
                for first in range(0, LINES, 25):
                    score(chrf, "chrf", setting, first, 25)
write("scores.tsv", scores)

# Every context of a capital sigma over a small alphabet: cased, case-ignorable, both, neither.
alphabet = ["A", "z", "\u03a3", "'", "\u0301", "\u02b0", "1", " ", "\u0130", "\u05d0"]
texts = ["".join(random.choice(alphabet + ["\u03a3"] * 4) for _ in range(random.randint(1, 7))) for _ in range(400)]
texts += ["".join(pool)[:60] for pool in POOLS]
write("lower.tsv", [(t, t.lower()) for t in texts])
print("sacrebleu", sacrebleu.__version__, "scores", len(scores))
