#!/usr/bin/env python3
"""Writes small random models of the decoder-only families with the field's library (transformers), as folders of the
field, with what they give: logits, the tokens of a greedy search, and for GPT-2 gradients.

usage: make.py FOLDER     (needs torch, transformers and safetensors)
"""
import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file

LENGTH, WRITTEN = 13, 64


def gpt2(width, layers, heads, vocabulary, inner=None, activation="gelu_new"):
    return transformers.GPT2Config(
        vocab_size=vocabulary, n_positions=96, n_embd=width, n_layer=layers, n_head=heads, n_inner=inner,
        activation_function=activation, bos_token_id=0, eos_token_id=0)


def llama(width, layers, heads, kv_heads, hidden, vocabulary, head_dim=None, scaling=None, tie=False, theta=10000.0):
    return transformers.LlamaConfig(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=hidden, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=kv_heads, head_dim=head_dim, max_position_embeddings=96,
        rope_theta=theta, rope_scaling=scaling, tie_word_embeddings=tie, bos_token_id=1, eos_token_id=2)


def qwen2(width, layers, heads, kv_heads, hidden, vocabulary, scaling=None, tie=False):
    return transformers.Qwen2Config(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=hidden, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=kv_heads, max_position_embeddings=96, rope_theta=1000000.0,
        rope_scaling=scaling, tie_word_embeddings=tie, bos_token_id=0, eos_token_id=0)


def mistral(width, layers, heads, kv_heads, hidden, vocabulary, head_dim=None):
    return transformers.MistralConfig(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=hidden, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=kv_heads, head_dim=head_dim, sliding_window=7,
        max_position_embeddings=96, tie_word_embeddings=False, bos_token_id=1, eos_token_id=2)


def neox(width, layers, heads, hidden, vocabulary, rotary, parallel=True, tie=False):
    return transformers.GPTNeoXConfig(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=hidden, num_hidden_layers=layers,
        num_attention_heads=heads, rotary_pct=rotary, use_parallel_residual=parallel, max_position_embeddings=96,
        tie_word_embeddings=tie, bos_token_id=0, eos_token_id=0)


def bloom(width, layers, heads, vocabulary):
    return transformers.BloomConfig(
        vocab_size=vocabulary, hidden_size=width, n_layer=layers, n_head=heads, bos_token_id=1, eos_token_id=2)


LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 32}
YARN = {"rope_type": "yarn", "factor": 3.0, "original_max_position_embeddings": 32}

MODELS = {
    "gpt2-a": gpt2(24, 3, 3, 61),
    "gpt2-b": gpt2(20, 1, 5, 37, inner=52),
    "gpt2-c": gpt2(18, 2, 1, 43, activation="gelu"),
    "llama-a": llama(36, 2, 3, 1, 52, 59, head_dim=10, scaling=LLAMA3),
    "llama-b": llama(24, 3, 4, 2, 44, 47, tie=True, theta=500000.0),
    "llama-c": llama(20, 1, 5, 5, 28, 33),
    "qwen2-a": qwen2(36, 2, 6, 2, 52, 59),
    "qwen2-b": qwen2(24, 3, 3, 1, 44, 47, tie=True),
    "qwen2-c": qwen2(32, 2, 4, 4, 36, 41, scaling=YARN),
    "mistral-a": mistral(36, 2, 6, 2, 52, 59),
    "mistral-b": mistral(24, 3, 3, 1, 44, 47, head_dim=12),
    "mistral-c": mistral(20, 2, 5, 5, 28, 33),
    "neox-a": neox(36, 2, 3, 52, 59, 0.34),
    "neox-b": neox(32, 3, 4, 44, 47, 0.25),
    "neox-c": neox(20, 2, 1, 28, 33, 1.0, parallel=False, tie=True),
    "bloom-a": bloom(24, 2, 6, 59),
}


def randomised(model, seed):
    """Every parameter drawn, norms and biases too, so that none of them can be left out."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            drawn = torch.randn(parameter.shape, generator=generator)
            is_norm = parameter.dim() == 1 and name.endswith("weight")
            scale = 0.2 if parameter.dim() == 1 else 1.2 * parameter.shape[-1] ** -0.5
            parameter.copy_(1 + 0.2 * drawn if is_norm else scale * drawn)


def greedy(model, ids):
    """-> the tokens, and for each the difference between the two best logits. Without a cache."""
    written, margins, ids = [], [], list(ids)
    for _ in range(WRITTEN):
        logits = model(torch.tensor([ids]), use_cache=False).logits[0, -1].double()
        best = torch.topk(logits, 2)
        written.append(int(best.indices[0]))
        margins.append(float(best.values[0] - best.values[1]))
        ids.append(written[-1])
    return written, margins


def main(folder):
    for number, (name, config) in enumerate(MODELS.items()):
        config._attn_implementation = "eager"
        torch.manual_seed(number)
        model = transformers.AutoModelForCausalLM.from_config(config).eval().float()
        randomised(model, 100 + number)
        out = folder / name
        out.mkdir(parents=True, exist_ok=True)
        model.save_pretrained(out, safe_serialization=True)
        (out / "generation_config.json").unlink(missing_ok=True)
        generator = torch.Generator().manual_seed(number)
        ids = torch.randint(3, config.vocab_size, (2, LENGTH), generator=generator)
        result = model(ids, labels=ids, use_cache=False)
        save_file({"logits": result.logits.detach().contiguous()}, str(out / "expected.safetensors"))
        if name.startswith("gpt2"):
            model.zero_grad()
            # The sum over all predicted tokens, as Model::loss() gives it.
            (result.loss * ids.shape[0] * (LENGTH - 1)).backward()
            gradients = {key: parameter.grad.contiguous() for key, parameter in model.named_parameters()}
            save_file(gradients, str(out / "gradients.safetensors"))
        with torch.no_grad():
            written, margins = greedy(model, ids[0].tolist())
        (out / "expected.json").write_text(json.dumps(
            {"ids": ids.tolist(), "written": written, "margins": [float("%.3g" % m) for m in margins]}) + "\n")
        print(name, sum(p.numel() for p in model.parameters()), float(result.loss.detach()))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    transformers.logging.set_verbosity_error()
    main(pathlib.Path(sys.argv[1]))
