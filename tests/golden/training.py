"""What the scripts of golden models share: a padded batch, and a file of parameters, logits, loss, gradients and the
losses of ten updates with torch.optim.Adam and torch's clipping by norm.
"""

import json

import torch
from torch import nn

PAD, START, END = 0, 1, 2


def padded(rows):
    longest = max(map(len, rows))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])


def plain(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().reshape(-1).tolist()}


def write(path, model, names, pairs, rate=0.05, clip=0.4, updates=10):
    """names: Strata's name -> (module's parameter, rows of it or None). model(source, lengths, target_in) -> logits."""
    source = padded([row + [END] for row, _ in pairs])
    target_in, target_out = padded([[START] + row for _, row in pairs]), padded([row + [END] for _, row in pairs])
    lengths = (source != PAD).sum(1)
    tokens = int((target_out != PAD).sum())

    def total(logits):
        return nn.functional.cross_entropy(logits.transpose(1, 2), target_out, ignore_index=PAD, reduction="sum")

    def named(part):
        return {name: plain(part(value) if rows is None else part(value)[rows]) for name, (value, rows) in names.items()}

    golden = {"pairs": [list(pair) for pair in pairs], "rate": rate, "clip": clip,
              "parameters": named(lambda value: value)}
    logits = model(source, lengths, target_in)
    loss = total(logits)
    (loss / tokens).backward()
    golden |= {"logits": plain(logits), "loss": loss.item(), "tokens": tokens,
               "gradients": named(lambda value: value.grad)}

    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    golden["losses"], golden["norms"] = [], []
    for _ in range(updates):
        optimizer.zero_grad()
        loss = total(model(source, lengths, target_in)) / tokens
        loss.backward()
        golden["norms"].append(nn.utils.clip_grad_norm_(model.parameters(), clip).item())
        optimizer.step()
        golden["losses"].append(loss.item())
    print(path.name, "losses", golden["losses"], "norms", golden["norms"])
    path.write_text(json.dumps(golden, separators=(",", ":")).replace('},"', '},\n"') + "\n", encoding="ascii")
