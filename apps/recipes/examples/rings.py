#!/usr/bin/env python3
"""Draws points with a trained generator of gan_rings.json and counts those within three standard deviations of each mean.

usage: rings.py RUN [POINTS [SEED]]     (a run folder or a checkpoint folder; default 10000 points, seed 1)

The arithmetic is its own, in float64, and the noise is that of Python: nothing of Strata runs.
"""
import json
import math
import os
import random
import struct
import sys
from operator import mul


def tensors(path):
    """Returns the tensors of a safetensors file by name, each as a list of rows; a vector is one row."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(length)), file.read()
    found = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = struct.unpack(f"<{(end - begin) // 4}f", data[begin:end])
        width = entry["shape"][-1]
        found[name] = [values[at : at + width] for at in range(0, len(values), width)]
    return found


def main():
    run = sys.argv[1]
    points = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    noise = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    folder = os.path.join(run, "best") if os.path.exists(os.path.join(run, "best")) else run
    with open(os.path.join(folder, "config.json")) as file:
        data = json.load(file)["data"]
    found = tensors(os.path.join(folder, "model.safetensors"))
    hidden = sum(name.startswith("layers.hidden") for name in found) // 2
    names = [f"layers.hidden{i + 1}" for i in range(hidden)] + ["layers.output"]
    layers = [(found[name + ".weight"], found[name + ".bias"][0]) for name in names]
    modes, radius, sigma = data["modes"], data["radius"], data["sigma"]
    means = [(radius * math.cos(2 * math.pi * m / modes), radius * math.sin(2 * math.pi * m / modes)) for m in range(modes)]

    counts = [0] * modes
    for _ in range(points):
        x = [noise.uniform(-1, 1) for _ in layers[0][0][0]]
        for at, (weight, bias) in enumerate(layers):
            x = [sum(map(mul, row, x), b) for row, b in zip(weight, bias)]
            if at < hidden:
                x = [max(value, 0.0) for value in x]
        far = [math.dist(x, mean) for mean in means]
        nearest = min(range(modes), key=far.__getitem__)
        counts[nearest] += far[nearest] <= 3 * sigma
    print(f"{100 * sum(counts) / points:.2f} % of {points} points are within three standard deviations of a mean")
    print("by mean: " + " ".join(f"{100 * count / points:.2f}" for count in counts) + " %")


main()
