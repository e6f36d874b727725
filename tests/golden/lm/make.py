#!/usr/bin/env python3
"""Writes awd_lstm.json: a small AWD-LSTM (Merity et al., 2018) in PyTorch, float64, with its loss, gradients and ten losses
of training with carried state. Every mask of dropout is the one that Strata draws: Philox 4x32-10 by key, step and element.

    pip install torch && python3 make.py
"""
import json
import math
import pathlib

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
SEED, V, E, H, LAYERS, B, T, UPDATES, RATE = 1, 13, 6, 8, 3, 3, 5, 10, 1.0
WORDS, INPUT, HIDDEN, OUTPUT, WEIGHT, AR, TAR = 0.2, 0.4, 0.25, 0.3, 0.5, 2.0, 1.0
M64 = (1 << 64) - 1


def key_of(path):
    h = 0xCBF29CE484222325 ^ (SEED * 0x9E3779B97F4A7C15 & M64)
    for c in path.encode():
        h = (h ^ c) * 0x100000001B3 & M64
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9 & M64
    h = (h ^ h >> 27) * 0x94D049BB133111EB & M64
    return h ^ h >> 31


def philox(counter, key):
    k0, k1 = key & 0xFFFFFFFF, key >> 32
    for _ in range(10):
        p0, p1 = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [p1 >> 32 ^ counter[1] ^ k0, p1 & 0xFFFFFFFF, p0 >> 32 ^ counter[3] ^ k1, p0 & 0xFFFFFFFF]
        k0, k1 = k0 + 0x9E3779B9 & 0xFFFFFFFF, k1 + 0xBB67AE85 & 0xFFFFFFFF
    return counter


def mask(path, shape, p, step, call=0):
    threshold = math.ceil(p * 2**24) << 8
    count = int(np.prod(shape))
    words = []
    for block in range((count + 3) // 4):
        words += philox([block, call << 16, step & 0xFFFFFFFF, step >> 32], key_of(path))
    kept = [1 / (1 - p) if word >= threshold else 0.0 for word in words[:count]]
    return torch.tensor(kept).reshape(shape)


widths = [(E, H), (H, H), (H, E)]
parameters = {"body.embedding.weight": torch.randn(V, E) * 0.5}
for i, (wide, high) in enumerate(widths):
    at = f"body.layers.{i}."
    parameters[at + "weight_ih"] = torch.randn(4 * high, wide) * 0.5
    parameters[at + "weight_hh"] = torch.randn(4 * high, high) * 0.5
    parameters[at + "bias_ih"] = torch.randn(4 * high) * 0.3
    parameters[at + "bias_hh"] = torch.randn(4 * high) * 0.3
parameters["output.bias"] = torch.randn(V) * 0.3
for value in parameters.values():
    value.requires_grad_()


def forward(tokens, states, step, training):
    p = parameters
    table = p["body.embedding.weight"]
    if training:
        table = table * mask("body.word_dropout", (V, 1), WORDS, step)
    x = table[tokens]
    if training:
        x = x * mask("body.input_dropout", (B, 1, E), INPUT, step)
    new = []
    for i, (wide, high) in enumerate(widths):
        at = f"body.layers.{i}."
        recurrent = p[at + "weight_hh"]
        if training:
            recurrent = recurrent * mask(at + "weight_dropout", (4 * high, high), WEIGHT, step)
        h, c = states[i]
        outs = []
        for t in range(T):
            gates = x[:, t] @ p[at + "weight_ih"].T + p[at + "bias_ih"] + h @ recurrent.T + p[at + "bias_hh"]
            a, f, g, o = gates.chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(a) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            outs.append(h)
        raw = torch.stack(outs, 1)
        new.append((h.detach(), c.detach()))
        x = raw
        if training:
            last = i + 1 == LAYERS
            x = raw * (mask("body.output_dropout", (B, 1, high), OUTPUT, step) if last
                       else mask("body.hidden_dropout", (B, 1, high), HIDDEN, step, i))
    return x @ p["body.embedding.weight"].T + p["output.bias"], raw, x, new


def loss_of(tokens, targets, states, step, training=True):
    logits, raw, out, new = forward(tokens, states, step, training)
    loss = torch.nn.functional.cross_entropy(logits.reshape(-1, V), targets.reshape(-1))
    if training:
        loss = loss + AR * out.pow(2).mean() + TAR * (raw[:, 1:] - raw[:, :-1]).pow(2).mean()
    return loss, new


def values(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().reshape(-1).tolist()}


ids = torch.randint(V, (B, UPDATES * T + 1))
zeros = [(torch.zeros(B, high), torch.zeros(B, high)) for _, high in widths]
out = {"parameters": {name: values(value) for name, value in parameters.items()}, "ids": ids.tolist(), "rate": RATE}
first, _ = loss_of(ids[:, :T], ids[:, 1:T + 1], zeros, 0, training=False)
out["evaluation"] = first.item()
states, losses = zeros, []
for update in range(UPDATES):
    at = update * T
    for value in parameters.values():
        value.grad = None
    loss, states = loss_of(ids[:, at:at + T], ids[:, at + 1:at + T + 1], states, update)
    loss.backward()
    losses.append(loss.item())
    if update == 0:
        out["gradients"] = {name: values(value.grad) for name, value in parameters.items()}
    with torch.no_grad():
        for value in parameters.values():
            value -= RATE * value.grad
out["losses"] = losses
pathlib.Path(__file__).with_name("awd_lstm.json").write_text(json.dumps(out) + "\n")
print(losses)
