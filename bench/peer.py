#!/usr/bin/env python3
"""The models of src/benchmark/configs.ts in PyTorch on the CPU, timed as src/benchmark/measure.ts times ours.

python3 bench/peer.py gpt-baby [--precision fp32|bf16] [--threads N] [--steps N]   prints one JSON object.
With one thread PyTorch leaves it to its BLAS library to use more of them.
"""
import argparse
import json
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

CHARACTERS = 65
CONFIGS = {
    "gpt-baby": dict(arch="gpt", layers=4, heads=4, width=128, context=64, batch=12, kinds=CHARACTERS),
    "gpt-char": dict(arch="gpt", layers=6, heads=6, width=384, context=256, batch=8, kinds=CHARACTERS),
    "gpt2": dict(arch="gpt", layers=12, heads=12, width=768, context=256, batch=2, kinds=50257),
    "lstm-small": dict(arch="lstm", layers=2, width=256, context=64, batch=12, kinds=CHARACTERS),
    "lstm-char": dict(arch="lstm", layers=2, width=512, context=256, batch=8, kinds=CHARACTERS),
    "lstm-word": dict(arch="lstm", layers=2, width=650, context=35, batch=20, kinds=10000),
}
POOL = 200_000
WARM_UP = 2


class Attention(nn.Module):
    def __init__(self, width, heads, context):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        later = torch.ones(context, context, dtype=torch.bool).triu(1)
        self.register_buffer("later", later)

    def forward(self, x):  # (B, T, C)
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # (B, H, T, D) each
        if hasattr(F, "scaled_dot_product_attention"):  # PyTorch 2
            heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = q @ k.transpose(2, 3) * q.shape[-1] ** -0.5
            heads = scores.masked_fill(self.later, float("-inf")).softmax(-1) @ v
        return self.mix(heads.transpose(1, 2).flatten(2))


class Residual(nn.Module):
    def __init__(self, width, *inner):
        super().__init__()
        self.inner = nn.Sequential(nn.LayerNorm(width), *inner)

    def forward(self, x):
        return x + self.inner(x)


def mlp(width):
    return nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)


class Gpt(nn.Module):
    def __init__(self, layers, heads, width, context, kinds):
        super().__init__()
        self.tokens = nn.Embedding(kinds, width)
        self.places = nn.Embedding(context, width)
        blocks = [(Residual(width, Attention(width, heads, context)), Residual(width, *mlp(width))) for _ in range(layers)]
        self.stack = nn.Sequential(*sum(blocks, ()), nn.LayerNorm(width))
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)

    def forward(self, tokens):  # (B, T) -> (B, T, V)
        x = self.stack(self.tokens(tokens) + self.places.weight)
        return F.linear(x, self.tokens.weight)


class Lstm(nn.Module):
    def __init__(self, layers, width, kinds, context):
        super().__init__()
        self.tokens = nn.Embedding(kinds, width)
        self.stack = nn.LSTM(width, width, layers, batch_first=True)
        self.head = nn.Linear(width, kinds)

    def forward(self, tokens):
        states, _ = self.stack(self.tokens(tokens))
        return self.head(states)


def enough(times, steps):
    """measure.ts's isEnough."""
    if steps is not None:
        return len(times) >= steps
    seconds = sum(times)
    return (len(times) >= 10 and seconds >= 5) or seconds >= 30


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("config", choices=CONFIGS)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int)
    asked = parser.parse_args()

    torch.set_num_threads(asked.threads)
    torch.manual_seed(0)
    sizes = dict(CONFIGS[asked.config])
    arch, batch, context = sizes.pop("arch"), sizes.pop("batch"), sizes["context"]
    model = {"gpt": Gpt, "lstm": Lstm}[arch](**sizes)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1)
    pool = torch.randint(sizes["kinds"], (POOL,))

    times, done, loss = [], 0, None
    while not enough(times, asked.steps):
        start = time.perf_counter()
        places = torch.randint(POOL - context, (batch,)).tolist()
        windows = torch.stack([pool[at : at + context + 1] for at in places])
        with torch.autocast("cpu", torch.bfloat16, enabled=asked.precision == "bf16"):
            logits = model(windows[:, :-1])
            loss = F.cross_entropy(logits.flatten(0, 1), windows[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss = loss.item()
        done += 1
        if done > WARM_UP:
            times.append(time.perf_counter() - start)

    seconds = statistics.median(times)
    print(json.dumps({
        "config": asked.config,
        "backend": "pytorch " + torch.__version__,
        "precision": asked.precision,
        "threads": torch.get_num_threads(),
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "steps": len(times),
        "msPerStep": seconds * 1000,
        "tokensPerSecond": batch * context / seconds,
        "peakMemoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "loss": loss,
    }))


main()
