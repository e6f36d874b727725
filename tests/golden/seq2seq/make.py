#!/usr/bin/env python3
"""Writes attention.json: a tiny attention encoder-decoder in PyTorch, float64, under Strata's canonical names.

    python3 make.py        (needs torch; written with 2.15; the file lies beside this script)

The file holds the initial parameters, a padded batch, the logits, the summed loss, every gradient of the loss per token,
and ten losses per token of training on that batch with torch.optim.Adam and torch's clipping by norm.
"""

import pathlib
import sys

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import training

EMBEDDING, HIDDEN, WIDTH, SOURCE_WORDS, TARGET_WORDS = 4, 6, 5, 9, 8
PAIRS = [([4, 5, 6, 7], [5, 4, 6]), ([8], [7, 7, 5, 4]), ([5, 4, 8, 4, 6], [6])]


class Model(nn.Module):
    """Bahdanau et al. (2015) with an LSTM: the query is the new state, the context is fed into the next step."""

    def __init__(self):
        super().__init__()
        self.source = nn.Embedding(SOURCE_WORDS, EMBEDDING, padding_idx=training.PAD)
        self.encoder = nn.LSTM(EMBEDDING, HIDDEN // 2, bidirectional=True, batch_first=True)
        self.target = nn.Embedding(TARGET_WORDS, EMBEDDING, padding_idx=training.PAD)
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
        padding, keys = source == training.PAD, self.key(memory)
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


torch.manual_seed(3)
torch.set_default_dtype(torch.float64)
model = Model()
names = {name: (value, None) for name, value in model.canonical().items()}
assert len(names) == len(list(model.parameters()))
training.write(pathlib.Path(__file__).resolve().parent / "attention.json", model, names, PAIRS)
