# Writes the golden files of this folder: checkpoints as the libraries of the field write them, and what a model of
# Strata must read of them, computed by torch. Usage: python make.py (torch, safetensors, transformers, tokenizers)
import json
import os

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models
from transformers import GPT2Config, GPT2LMHeadModel

here = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(1)


def path(*names):
    return os.path.join(here, *names)


# 1. Types: the same numbers in each type, and what they are in float32.
numbers = torch.tensor([[0.1, -2.5, 3.14159], [1e-3, 65504.0, -7.0]], dtype=torch.float64)
types = {name: numbers.to(getattr(torch, name)) for name in ["float64", "float32", "float16", "bfloat16"]}
save_file(types, path("types.safetensors"))
save_file({name: value.float() for name, value in types.items()}, path("types-f32.safetensors"))

# 2. Layouts: theirs as the families have them, ours by torch's own view, permute, chunk and transpose.
heads, width, model = 3, 4, 12
theirs, ours = {}, {}
for layer in range(2):
    fused = torch.randn(model, 3 * model)  # GPT-2: Conv1D [in, out]
    theirs[f"h.{layer}.c_attn.weight"] = fused
    q, k, v = fused.t().chunk(3, dim=0)
    for name, value in [("query", q), ("key", k), ("value", v)]:
        ours[f"layers.{layer}.{name}.weight"] = value
    interleaved = torch.randn(3 * model, model)  # GPT-NeoX: [H, 3, D, in]
    theirs[f"h.{layer}.query_key_value.weight"] = interleaved
    by_part = interleaved.view(heads, 3, width, model).permute(1, 0, 2, 3).reshape(3, model, model)
    for name, value in zip(["q", "k", "v"], by_part):
        ours[f"layers.{layer}.{name}.weight"] = value
    pairs = torch.randn(model, model)  # the rotation of pairs: the original form of Llama
    theirs[f"h.{layer}.wq.weight"] = pairs
    ours[f"layers.{layer}.wq.weight"] = (
        pairs.view(heads, width // 2, 2, model).transpose(1, 2).reshape(model, model))
    part = torch.randn(model)  # two heads of six rows, of which four are rotated in pairs
    theirs[f"h.{layer}.partial.bias"] = part
    rotated, rest = part.view(2, 6).split([4, 2], dim=1)
    halves = rotated.reshape(2, 2, 2).transpose(1, 2).reshape(2, 4)
    ours[f"layers.{layer}.partial.bias"] = torch.cat([halves, rest], dim=1).reshape(model)
    uneven = torch.randn(model + 2 * width, model)  # grouped heads: parts of unequal sizes
    theirs[f"h.{layer}.qkv.weight"] = uneven
    for name, value in zip(["uq", "uk", "uv"], uneven.split([model, width, width])):
        ours[f"layers.{layer}.{name}.weight"] = value
    theirs[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(4, 4))  # a mask, no parameter
padded = torch.randn(16, model)
theirs["wte.weight"] = padded
ours["embedding.weight"] = padded[:13]
save_file({name: value.contiguous() for name, value in theirs.items()}, path("theirs.safetensors"))
save_file({name: value.contiguous() for name, value in ours.items()}, path("ours.safetensors"))

# 3. A GPT-2 of two layers, in shards, with a tokenizer of bytes; and the same in one file.
config = GPT2Config(vocab_size=264, n_positions=16, n_embd=8, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0)
gpt = GPT2LMHeadModel(config)
with torch.no_grad():
    for parameter in gpt.parameters():
        parameter.copy_(torch.randn_like(parameter) * 0.3)
from tokenizers.decoders import ByteLevel as Decoder
from tokenizers.pre_tokenizers import ByteLevel

alphabet = sorted(ByteLevel.alphabet())
vocabulary = {"<|endoftext|>": 0, **{letter: i + 1 for i, letter in enumerate(alphabet)}}
vocabulary.update({"th": 257, "he": 258, "in": 259})
tokenizer = Tokenizer(models.BPE(vocabulary, [("t", "h"), ("h", "e"), ("i", "n")]))
tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
tokenizer.decoder = Decoder()
tokenizer.add_special_tokens(["<|endoftext|>"])
for folder, size in [("gpt2-shards", "4KB"), ("gpt2", "5GB")]:
    gpt.save_pretrained(path(folder), max_shard_size=size)
    tokenizer.save(path(folder, "tokenizer.json"))
with open(path("gpt2", "chat_template.jinja"), "w") as out:
    out.write("{% for message in messages %}{{ message['content'] }}{% endfor %}")
with open(path("gpt2-shards", "model.safetensors.index.json")) as read:
    print(len(set(json.load(read)["weight_map"].values())), "shards")
ids = torch.tensor([[1, 50, 100, 257, 3]])
save_file({"ids": ids, "logits": gpt(ids).logits.detach()}, path("gpt2-logits.safetensors"))
