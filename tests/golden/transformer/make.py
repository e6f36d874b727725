#!/usr/bin/env python3
"""Writes pre.json and post.json: tiny Transformers of PyTorch's own nn.Transformer layers, float64, under Strata's
canonical names: norms before the sublayers with a norm behind each side, and norms behind the sums without one.

    python3 make.py        (needs torch; written with 2.15; the files lie beside this script)
"""

import math
import pathlib
import sys

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import training

WIDTH, HEADS, HIDDEN, LAYERS, WORDS = 6, 2, 10, 2, 9
PAIRS = [([4, 5, 6, 7], [5, 4, 6]), ([8], [7, 7, 5, 4]), ([5, 4, 8, 4, 6], [6])]


def positions(time):
    """Vaswani et al. (2017), section 3.5."""
    at = torch.arange(time)[:, None] / 10000 ** (torch.arange(0, WIDTH, 2) / WIDTH)
    return torch.stack([at.sin(), at.cos()], -1).reshape(time, WIDTH)


class Model(nn.Module):
    def __init__(self, norm_first):
        super().__init__()
        def layer(kind):
            return kind(WIDTH, HEADS, HIDDEN, 0.0, batch_first=True, norm_first=norm_first)
        def norm():
            return nn.LayerNorm(WIDTH) if norm_first else None
        self.embedding = nn.Embedding(WORDS, WIDTH, padding_idx=training.PAD)  # of both sides and of the output layer
        self.encoder = nn.TransformerEncoder(layer(nn.TransformerEncoderLayer), LAYERS, norm(), enable_nested_tensor=False)
        self.decoder = nn.TransformerDecoder(layer(nn.TransformerDecoderLayer), LAYERS, norm())
        self.bias = nn.Parameter(torch.randn(WORDS) * 0.1)
        for one in self.parameters():  # equal layers and zero biases would hide mistakes
            if one.dim() > 0:
                one.data += torch.randn_like(one) * 0.1
        self.embedding.weight.data[training.PAD] = 0

    def embed(self, ids):
        return self.embedding(ids) * math.sqrt(WIDTH) + positions(ids.shape[1])

    def forward(self, source, lengths, target_in):
        hidden = source == training.PAD
        memory = self.encoder(self.embed(source), src_key_padding_mask=hidden)
        future = torch.ones(target_in.shape[1], target_in.shape[1], dtype=torch.bool).triu(1)
        states = self.decoder(self.embed(target_in), memory, tgt_mask=future, memory_key_padding_mask=hidden)
        return states @ self.embedding.weight.T + self.bias

    def canonical(self):
        """Strata's name -> (parameter, its rows)."""
        names = {"encoder.embedding.weight": (self.embedding.weight, None), "generator.bias": (self.bias, None)}

        def both(name, module):
            names[name + ".weight"], names[name + ".bias"] = (module.weight, None), (module.bias, None)

        for side, stack in (("encoder", self.encoder), ("decoder", self.decoder)):
            for i, layer in enumerate(stack.layers):
                at = f"{side}.layers.{i}."
                norms = {"self_attention": layer.norm1, "feed_forward": layer.norm2}
                attentions = {"self_attention": layer.self_attn}
                if side == "decoder":
                    norms = {"self_attention": layer.norm1, "cross_attention": layer.norm2, "feed_forward": layer.norm3}
                    attentions["cross_attention"] = layer.multihead_attn
                for name, norm in norms.items():
                    both(at + name + "_norm", norm)
                for name, attention in attentions.items():
                    for part, what in enumerate(("query", "key", "value")):
                        rows = slice(part * WIDTH, (part + 1) * WIDTH)
                        names[f"{at}{name}.{what}.weight"] = (attention.in_proj_weight, rows)
                        names[f"{at}{name}.{what}.bias"] = (attention.in_proj_bias, rows)
                    both(f"{at}{name}.output", attention.out_proj)
                both(at + "feed_forward.up", layer.linear1)
                both(at + "feed_forward.down", layer.linear2)
            if stack.norm is not None:
                both(side + ".norm", stack.norm)
        return names


for form in ("pre", "post"):
    torch.manual_seed(5)
    torch.set_default_dtype(torch.float64)
    model = Model(form == "pre")
    training.write(pathlib.Path(__file__).resolve().parent / f"{form}.json", model, model.canonical(), PAIRS, rate=0.01)
