#!/usr/bin/env python3
"""Writes the golden files of the recurrent and attention ops: outputs and all gradients, computed by PyTorch in float64.

    python3 make.py        (needs torch; written with 2.15; the files lie beside this script)

A file is text: a line "name extent extent ...", then a line with the values in row-major order.
"""

import pathlib

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

HERE = pathlib.Path(__file__).resolve().parent
BATCH, TIME, WIDTH, HIDDEN, LAYERS = 3, 5, 4, 3, 2
LENGTHS = torch.tensor([5, 1, 3])


def write(name, tensors):
    with open(HERE / name, "w", encoding="ascii") as file:
        for key, tensor in tensors.items():
            file.write(" ".join([key, *map(str, tensor.shape)]) + "\n")
            file.write(" ".join(repr(value) for value in tensor.detach().reshape(-1).tolist()) + "\n")


def loss_of(outputs, tensors):
    """A projection of every output, so that each gets a gradient of its own; the projections are written, too."""
    total = 0
    for name, output in outputs.items():
        tensors[name] = output
        tensors["seed." + name] = torch.randn_like(output)
        total = total + (output * tensors["seed." + name]).sum()
    return total


def recurrent(kind, file):
    torch.manual_seed(1)
    model = kind(WIDTH, HIDDEN, LAYERS, bidirectional=True, batch_first=True, dtype=torch.float64)
    x = torch.randn(BATCH, TIME, WIDTH, dtype=torch.float64, requires_grad=True)
    states = {"h0": torch.randn(2 * LAYERS, BATCH, HIDDEN, dtype=torch.float64, requires_grad=True)}
    if kind is torch.nn.LSTM:
        states["c0"] = torch.randn(2 * LAYERS, BATCH, HIDDEN, dtype=torch.float64, requires_grad=True)
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    start = tuple(states.values()) if len(states) > 1 else states["h0"]
    y, last = model(packed, start)
    y, _ = pad_packed_sequence(y, batch_first=True, total_length=TIME)
    outputs = {"y": y, "h_n": last} if len(states) == 1 else {"y": y, "h_n": last[0], "c_n": last[1]}
    leaves = {"x": x, **states, **dict(model.named_parameters())}
    tensors = {**leaves, "lengths": LENGTHS}
    loss_of(outputs, tensors).backward()
    write(file, {**tensors, **{"grad." + name: leaf.grad for name, leaf in leaves.items()}})


def additive(file):
    """Bahdanau, Cho and Bengio, 2015, eq. 5-6, with a mask over the keys: 2 sentences, 2 beams each."""
    torch.manual_seed(2)
    batch, beams, tq, tk, query_width, memory_width, width = 2, 2, 2, 4, 3, 5, 6
    sizes = {"query": (batch * beams, tq, query_width), "memory": (batch, tk, memory_width),
             "query_weight": (width, query_width), "key_weight": (width, memory_width), "key_bias": (width,), "v": (width,)}
    leaves = {name: torch.randn(size, dtype=torch.float64, requires_grad=True) for name, size in sizes.items()}
    mask = torch.arange(tk)[None, :] < torch.tensor([4, 2])[:, None]
    query = leaves["query"] @ leaves["query_weight"].T
    keys = torch.nn.functional.linear(leaves["memory"], leaves["key_weight"], leaves["key_bias"])
    keys, memory, kept = (part.repeat_interleave(beams, 0) for part in (keys, leaves["memory"], mask))
    scores = (torch.tanh(query[:, :, None] + keys[:, None]) * leaves["v"]).sum(-1)
    weights = torch.softmax(scores.masked_fill(~kept[:, None], float("-inf")), -1)
    tensors = {**leaves, "lengths": torch.tensor([4, 2])}
    loss_of({"scores": scores, "weights": weights, "context": weights @ memory}, tensors).backward()
    write(file, {**tensors, **{"grad." + name: leaf.grad for name, leaf in leaves.items()}})


recurrent(torch.nn.LSTM, "lstm.txt")
recurrent(torch.nn.GRU, "gru.txt")
recurrent(torch.nn.RNN, "rnn.txt")
additive("additive.txt")
