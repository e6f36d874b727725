#!/usr/bin/env python3
"""Writes attention.json: a tiny attention encoder-decoder in PyTorch, float64, under Strata's canonical names.

    python3 make.py        (needs torch; written with 2.15; the file lies beside this script)

The file holds the initial parameters, a padded batch, the logits, the summed loss, every gradient of the loss per token,
and ten losses per token of training on that batch with torch.optim.Adam and torch's clipping by norm.
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

EMBEDDING, HIDDEN, WIDTH, SOURCE_WORDS, TARGET_WORDS = 4, 6, 5, 9, 8
RATE, CLIP, UPDATES = 0.05, 0.4, 10
PAD, START, END = 0, 1, 2
PAIRS = [([4, 5, 6, 7], [5, 4, 6]), ([8], [7, 7, 5, 4]), ([5, 4, 8, 4, 6], [6])]


class Model(nn.Module):
    """Bahdanau et al. (2015) with an LSTM: the query is the new state, the context is fed into the next step."""

    def __init__(self):
        super().__init__()
        self.source = nn.Embedding(SOURCE_WORDS, EMBEDDING, padding_idx=PAD)
        self.encoder = nn.LSTM(EMBEDDING, HIDDEN // 2, bidirectional=True, batch_first=True)
        self.target = nn.Embedding(TARGET_WORDS, EMBEDDING, padding_idx=PAD)
        self.query = nn.Linear(HIDDEN, WIDTH)
        self.key = nn.Linear(HIDDEN, WIDTH, bias=False)
        self.score = nn.Parameter(torch.randn(WIDTH))
        self.cell = nn.LSTMCell(EMBEDDING + HIDDEN, HIDDEN)
        self.bridge = nn.Linear(HIDDEN, HIDDEN)
        self.output = nn.Linear(HIDDEN + HIDDEN + EMBEDDING, EMBEDDING)
        self.generator = nn.Linear(EMBEDDING, TARGET_WORDS)

    def forward(self, source, lengths, target_in):
        packed = pack_padded_sequence(self.source(source), lengths, batch_first=True, enforce_sorted=False)
        memory, (last, _) = self.encoder(packed)
        memory, _ = pad_packed_sequence(memory, batch_first=True, total_length=source.shape[1])
        hidden = torch.tanh(self.bridge(torch.cat([last[0], last[1]], -1)))
        cell, context = torch.zeros_like(hidden), torch.zeros_like(memory[:, 0])
        padding, keys = source == PAD, self.key(memory)
        logits = []
        for word in self.target(target_in).unbind(1):
            hidden, cell = self.cell(torch.cat([word, context], -1), (hidden, cell))
            scores = torch.tanh(self.query(hidden)[:, None] + keys) @ self.score
            weights = torch.softmax(scores.masked_fill(padding, float("-inf")), -1)
            context = (weights[:, None] @ memory)[:, 0]
            readout = torch.tanh(self.output(torch.cat([hidden, context, word], -1)))
            logits.append(self.generator(readout))
        return torch.stack(logits, 1)

    def canonical(self):
        """Strata's name -> parameter."""
        names = {"encoder.embedding.weight": self.source.weight}
        for strata, suffix in (("layers.0", "_l0"), ("layers.0.reverse", "_l0_reverse")):
            for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                names[f"encoder.stack.{strata}.{part}"] = getattr(self.encoder, part + suffix)
        names["decoder.embedding.weight"] = self.target.weight
        names["decoder.attention.score.weight"] = self.score
        modules = {"attention.query": self.query, "attention.key": self.key, "layers.0": self.cell,
                   "bridge.0": self.bridge, "output": self.output, "generator": self.generator}
        for strata, module in modules.items():
            names.update({f"decoder.{strata}.{part}": value for part, value in module.named_parameters()})
        return names


def padded(rows):
    longest = max(map(len, rows))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])


def plain(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().reshape(-1).tolist()}


def main():
    torch.manual_seed(3)
    torch.set_default_dtype(torch.float64)
    model = Model()
    source = padded([row + [END] for row, _ in PAIRS])
    target_in, target_out = padded([[START] + row for _, row in PAIRS]), padded([row + [END] for _, row in PAIRS])
    lengths = (source != PAD).sum(1)
    tokens = int((target_out != PAD).sum())

    def total(logits):
        return nn.functional.cross_entropy(logits.transpose(1, 2), target_out, ignore_index=PAD, reduction="sum")

    names = model.canonical()
    assert len(names) == len(list(model.parameters()))
    golden = {"pairs": [list(pair) for pair in PAIRS], "rate": RATE, "clip": CLIP,
              "parameters": {name: plain(value) for name, value in names.items()}}
    logits = model(source, lengths, target_in)
    loss = total(logits)
    (loss / tokens).backward()
    golden |= {"logits": plain(logits), "loss": loss.item(), "tokens": tokens,
               "gradients": {name: plain(value.grad) for name, value in names.items()}}

    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    golden["losses"], golden["norms"] = [], []
    for _ in range(UPDATES):
        optimizer.zero_grad()
        loss = total(model(source, lengths, target_in)) / tokens
        loss.backward()
        golden["norms"].append(nn.utils.clip_grad_norm_(model.parameters(), CLIP).item())
        optimizer.step()
        golden["losses"].append(loss.item())
    print("losses", golden["losses"], "norms", golden["norms"])
    path = pathlib.Path(__file__).resolve().parent / "attention.json"
    path.write_text(json.dumps(golden, separators=(",", ":")).replace('},"', '},\n"') + "\n", encoding="ascii")


main()
