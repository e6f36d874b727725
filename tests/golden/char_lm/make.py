#!/usr/bin/env python3
"""Writes scores.json: a small GRU language model in NumPy, float64, with the log-probabilities that it gives to texts, and
the sums over the windows of one text.

    python3 make.py        (needs numpy alone; the file lies beside this script)
"""

import json
import math
import pathlib

import numpy as np

WORDS, WIDTH, HIDDEN, LAYERS = 30, 4, 5, 2
rng = np.random.default_rng(7)
parameters = {"embedding.weight": rng.normal(0, 0.9, (WORDS, WIDTH))}
for layer in range(LAYERS):
    at = f"layers.layers.{layer}."
    parameters[at + "weight_ih"] = rng.normal(0, 0.7, (3 * HIDDEN, WIDTH if layer == 0 else HIDDEN))
    parameters[at + "weight_hh"] = rng.normal(0, 0.7, (3 * HIDDEN, HIDDEN))
    parameters[at + "bias_ih"] = rng.normal(0, 0.3, 3 * HIDDEN)
    parameters[at + "bias_hh"] = rng.normal(0, 0.3, 3 * HIDDEN)
parameters["output.weight"] = rng.normal(0, 1.1, (WORDS, HIDDEN))
parameters["output.bias"] = rng.normal(0, 0.5, WORDS)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def logprobs(ids):
    """log p of each id given those before it; the first has none."""
    states = [np.zeros(HIDDEN) for _ in range(LAYERS)]
    out = [None]
    for now, following in zip(ids[:-1], ids[1:]):
        x = parameters["embedding.weight"][now]
        for layer in range(LAYERS):
            at = f"layers.layers.{layer}."
            gates_x = parameters[at + "weight_ih"] @ x + parameters[at + "bias_ih"]
            gates_h = parameters[at + "weight_hh"] @ states[layer] + parameters[at + "bias_hh"]
            (xr, xz, xn), (hr, hz, hn) = np.split(gates_x, 3), np.split(gates_h, 3)
            reset, update = sigmoid(xr + hr), sigmoid(xz + hz)
            new = np.tanh(xn + reset * hn)
            states[layer] = x = (1 - update) * new + update * states[layer]
        logits = parameters["output.weight"] @ x + parameters["output.bias"]
        top = logits.max()
        out.append(float(logits[following] - top - math.log(np.exp(logits - top).sum())))
    return out


def window_sum(ids, context, stride):
    """Each id but the first is counted once: the first window counts as many as it reads, each other one `stride`."""
    total, counted, done = 0.0, 0, 1
    while done < len(ids):
        end = min(done + (context if done == 1 else stride), len(ids))
        window = ids[max(0, end - 1 - context):end]
        new = logprobs(window)[len(window) - (end - done):]
        total -= sum(new)
        counted += len(new)
        done = end
    assert counted == len(ids) - 1
    return total


texts = [[4, 9, 5, 5, 29, 11], [8, 4], [20, 21, 22, 23, 24, 25, 26, 27, 28], [6]]
long = [int(id) for id in rng.integers(4, WORDS, 61)]
golden = {
    "parameters": {name: {"shape": list(value.shape), "values": value.reshape(-1).tolist()}
                   for name, value in parameters.items()},
    "texts": [{"ids": ids, "logprobs": logprobs(ids)} for ids in texts],
    "long": long,
    "carried": -sum(logprobs(long)[1:]),
    "windows": [{"context": context, "stride": stride, "nll": window_sum(long, context, stride)}
                for context, stride in ((1, 1), (7, 1), (7, 4), (7, 7), (16, 8), (59, 20), (60, 60), (200, 9))],
}
path = pathlib.Path(__file__).resolve().parent / "scores.json"
path.write_text(json.dumps(golden, separators=(",", ":")).replace('},"', '},\n"') + "\n", encoding="ascii")
print(golden["windows"], golden["carried"])
