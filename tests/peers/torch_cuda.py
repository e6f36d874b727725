#!/usr/bin/env python3
"""PyTorch's time on a GPU for the training steps that `strata bench --device cuda` times; with --strata also the ratio.

    python torch_cuda.py [JOB ...] [--strata BUILD/bin/strata] [--batch 64] [--seconds 2] [--precision f32 bf16]

One line a job, precision and mode: eager, compile (torch.compile), graphs (torch.compile, mode "reduce-overhead", which
replays CUDA graphs). Steps are queued ten at a time, then waited for, on both sides; f32 is f32 (TF32 off). The ratio is
PyTorch's time over Strata's: the best of its modes, run in turn with Strata on the same card.
Every job is written as a PyTorch user would write it: nn.LSTM, nn.Transformer, fused Adam, autocast for bf16.
"""
import argparse
import json
import statistics
import subprocess
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

MODES = {"eager": None, "compile": "default", "graphs": "reduce-overhead"}


def wait(device):
    if device == "cuda":
        torch.cuda.synchronize()


def timed(step, seconds, device):
    for _ in range(5):
        step()
    wait(device)
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        for _ in range(10):
            step()
        wait(device)
        times.append((time.perf_counter() - start) / 10)
    return statistics.median(times)


def compiled(module, mode):
    return module if MODES[mode] is None else torch.compile(module, mode=MODES[mode])


class Stack(nn.Module):
    """Two recurrent layers of width 512 over 25 steps; all gradients, the input's included."""

    def __init__(self, kind):
        super().__init__()
        self.net = kind(512, 512, 2)

    def forward(self, x):
        return self.net(x)[0].float().sum()


def recurrent(kind):
    def make(batch, device, precision, mode):
        net = Stack(kind).to(device)
        run = compiled(net, mode)
        x = torch.randn(25, batch, 512, device=device, requires_grad=True)

        def step():
            net.zero_grad()
            x.grad = None
            with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
                loss = run(x)
            loss.backward()

        return step, batch * 25

    return make


class Seq2Seq(nn.Module):
    """Bidirectional LSTM encoder, LSTM decoder fed with its context, additive attention, vocabulary 8,000."""

    def __init__(self, vocabulary=8000, embedding=256, hidden=512):
        super().__init__()
        self.source, self.target = nn.Embedding(vocabulary, embedding), nn.Embedding(vocabulary, embedding)
        self.encoder = nn.LSTM(embedding, hidden // 2, bidirectional=True)
        self.cell = nn.LSTMCell(embedding + hidden, hidden)
        self.keys, self.query, self.v = nn.Linear(hidden, hidden, False), nn.Linear(hidden, hidden), nn.Linear(hidden, 1, False)
        self.out, self.words = nn.Linear(2 * hidden + embedding, embedding), nn.Linear(embedding, vocabulary)
        self.hidden = hidden

    def forward(self, source, target, gold):  # [T,B] each
        memory, _ = self.encoder(self.source(source))
        keys = self.keys(memory)
        h = c = context = memory.new_zeros(source.shape[1], self.hidden)
        outputs = []
        for e in self.target(target):
            h, c = self.cell(torch.cat([e, context], -1), (h, c))
            weights = self.v(torch.tanh(keys + self.query(h))).softmax(0)
            context = (weights * memory).sum(0)
            outputs.append(torch.cat([h, context, e], -1))
        logits = self.words(torch.tanh(self.out(torch.stack(outputs))))
        return F.cross_entropy(logits.flatten(0, 1).float(), gold.flatten())


class Transformer(nn.Module):
    """As many layers on each side, feed-forward networks of 4 widths, dropout 0.1, vocabulary 8,000."""

    def __init__(self, width, heads, time_steps, layers=3, vocabulary=8000):
        super().__init__()
        self.net = nn.Transformer(width, heads, layers, layers, 4 * width, 0.1)
        self.embedding, self.words = nn.Embedding(vocabulary, width), nn.Linear(width, vocabulary)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(time_steps))

    def forward(self, source, target, gold):
        y = self.net(self.embedding(source), self.embedding(target), tgt_mask=self.mask, tgt_is_causal=True)
        return F.cross_entropy(self.words(y).flatten(0, 1).float(), gold.flatten(), label_smoothing=0.1)


def training(make_model, time_steps, clip):
    def make(batch, device, precision, mode):
        net = make_model().to(device).train()
        run = compiled(net, mode)
        optimizer = torch.optim.Adam(net.parameters(), fused=True)
        source, target, gold = (torch.randint(8000, (time_steps, batch), device=device) for _ in range(3))

        def step():
            optimizer.zero_grad()
            with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
                loss = run(source, target, gold)
            loss.backward()
            if clip:
                nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()

        return step, batch * time_steps

    return make


JOBS = {
    "lstm": recurrent(nn.LSTM),
    "gru": recurrent(nn.GRU),
    "seq2seq": training(Seq2Seq, 15, True),
    "transformer-tiny": training(lambda: Transformer(256, 4, 16), 16, False),
    "transformer-mid": training(lambda: Transformer(512, 8, 25), 25, False),
}


def strata_seconds(arguments, job, precision, items):
    command = [arguments.strata, "bench", job, "--device", arguments.device, "--precision", precision, "--json",
               "--batch", str(arguments.batch), "--seconds", str(arguments.seconds)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    row = next(row for row in rows if row["job"] == job)
    return items / row["items_per_second"], row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jobs", nargs="*", metavar="JOB", help="of " + ", ".join(JOBS))
    parser.add_argument("--strata", help="Strata's program, to be run in turn")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--precision", nargs="+", default=["f32", "bf16"], choices=["f32", "bf16"])
    parser.add_argument("--modes", nargs="+", default=list(MODES), choices=list(MODES))
    parser.add_argument("--device", default="cuda", help="cuda; cpu only to try this script out")
    arguments = parser.parse_args()
    for job in arguments.jobs:
        if job not in JOBS:
            parser.error(f"no job '{job}'; known: {', '.join(JOBS)}")
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    card = torch.cuda.get_device_name() if arguments.device == "cuda" else "cpu"
    print(f"torch {torch.__version__}, {card}, batch {arguments.batch}", flush=True)
    for job in arguments.jobs or JOBS:
        for precision in arguments.precision:
            best = None
            for mode in arguments.modes:
                try:
                    torch._dynamo.reset()
                    step, items = JOBS[job](arguments.batch, arguments.device, precision, mode)
                    seconds = timed(step, arguments.seconds, arguments.device)
                except Exception as fault:  # a mode that this release cannot do is said, not hidden
                    print(f"{job:18s} {precision:4s} torch {mode:8s} failed: {str(fault).splitlines()[0][:100]}", flush=True)
                    continue
                print(f"{job:18s} {precision:4s} torch {mode:8s} {seconds * 1e3:9.3f} ms {items / seconds:12.0f} token/s",
                      flush=True)
                best = seconds if best is None else min(best, seconds)
            if arguments.strata and best is not None:
                own, row = strata_seconds(arguments, job, precision, items)
                print(f"{job:18s} {precision:4s} strata         {own * 1e3:9.3f} ms {items / own:12.0f} token/s "
                      f"{100 * row['share']:5.1f} % of the limit, {best / own:5.2f} x torch's best", flush=True)


if __name__ == "__main__":
    main()
