#!/usr/bin/env python3
"""The models of src/benchmark/configs.ts in PyTorch, timed as src/benchmark/measure.ts times ours.

python3 bench/peer.py gpt-baby [--device cpu|cuda] [--precision fp32|tf32|bf16] [--compile] [--threads N] [--steps N]
prints one JSON object. On the CPU with one thread PyTorch leaves it to its BLAS library to use more of them.
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
    "gpt2-1024": dict(arch="gpt", layers=12, heads=12, width=768, context=1024, batch=8, kinds=50257),
    "llama-char": dict(arch="llama", layers=6, heads=6, kv=6, width=384, inner=1024, context=256, batch=8, kinds=CHARACTERS),
    "smollm2": dict(arch="llama", layers=30, heads=9, kv=3, width=576, inner=1536, context=256, batch=2, kinds=49152),
    "lstm-small": dict(arch="lstm", layers=2, width=256, context=64, batch=12, kinds=CHARACTERS),
    "lstm-char": dict(arch="lstm", layers=2, width=512, context=256, batch=8, kinds=CHARACTERS),
    "lstm-word": dict(arch="lstm", layers=2, width=650, context=35, batch=20, kinds=10000),
    "gru-small": dict(arch="gru", layers=2, width=256, context=64, batch=12, kinds=CHARACTERS),
    "gru-char": dict(arch="gru", layers=2, width=512, context=256, batch=8, kinds=CHARACTERS),
    "gru-word": dict(arch="gru", layers=2, width=650, context=35, batch=20, kinds=10000),
    "rnn-small": dict(arch="rnn", layers=2, width=256, context=64, batch=12, kinds=CHARACTERS),
    "rnn-char": dict(arch="rnn", layers=2, width=512, context=256, batch=8, kinds=CHARACTERS),
    "rnn-word": dict(arch="rnn", layers=2, width=650, context=35, batch=20, kinds=10000),
    "cnn-small": dict(arch="cnn", layers=4, width=192, kernel=3, cycle=4, context=64, batch=12, kinds=CHARACTERS),
    "cnn-char": dict(arch="cnn", layers=8, width=256, kernel=3, cycle=4, context=256, batch=8, kinds=CHARACTERS),
}
POOL = 200_000
WARM_UP = 2
AHEAD = 4  # steps asked of a GPU before the oldest is waited for, so that it never waits for us


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


class GroupedAttention(nn.Module):
    def __init__(self, width, heads, kv, context):
        super().__init__()
        size = width // heads
        self.shapes = [(heads, size), (kv, size), (kv, size)]
        self.projections = nn.ModuleList(nn.Linear(width, count * size, bias=False) for count, size in self.shapes)
        self.mix = nn.Linear(width, width, bias=False)
        angles = torch.outer(torch.arange(context), 1e4 ** (-torch.arange(0, size, 2) / size)).repeat(1, 2)
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())

    def rotated(self, x):  # (B, H, T, D)
        a, b = x.chunk(2, -1)
        return x * self.cos + torch.cat((-b, a), -1) * self.sin

    def forward(self, x):  # (B, T, C)
        q, k, v = (linear(x).unflatten(-1, shape).transpose(1, 2) for linear, shape in zip(self.projections, self.shapes))
        heads = F.scaled_dot_product_attention(self.rotated(q), self.rotated(k), v, is_causal=True, enable_gqa=True)
        return self.mix(heads.transpose(1, 2).flatten(2))


class Gated(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.gate, self.up = nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False)
        self.down = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Residual(nn.Module):
    def __init__(self, width, *inner, norm=nn.LayerNorm):
        super().__init__()
        self.inner = nn.Sequential(norm(width), *inner)

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


class Llama(nn.Module):
    def __init__(self, layers, heads, kv, width, inner, context, kinds):
        super().__init__()
        self.tokens = nn.Embedding(kinds, width)
        norm = lambda size: nn.RMSNorm(size, eps=1e-5)
        blocks = [(Residual(width, GroupedAttention(width, heads, kv, context), norm=norm), Residual(width, Gated(width, inner), norm=norm))
                  for _ in range(layers)]
        self.stack = nn.Sequential(*sum(blocks, ()), norm(width))
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)

    def forward(self, tokens):  # (B, T) -> (B, T, V)
        return F.linear(self.stack(self.tokens(tokens)), self.tokens.weight)


class Recurrent(nn.Module):
    def __init__(self, kind, layers, width, kinds, context):
        super().__init__()
        self.tokens = nn.Embedding(kinds, width)
        self.stack = kind(width, width, layers, batch_first=True)
        self.head = nn.Linear(width, kinds)

    def forward(self, tokens):
        states, _ = self.stack(self.tokens(tokens))
        return self.head(states)


class GatedConv(nn.Module):
    """The taps' weights stand as Conv1d has them, and its input is transposed once on the way in and once on the way out."""

    def __init__(self, width, kernel, dilation):
        super().__init__()
        self.before = (kernel - 1) * dilation
        self.conv = nn.Conv1d(width, 2 * width, kernel, dilation=dilation)

    def forward(self, x):  # (B, T, C)
        return F.glu(self.conv(F.pad(x.transpose(1, 2), (self.before, 0))), 1).transpose(1, 2)


class Cnn(nn.Module):
    def __init__(self, layers, width, kernel, cycle, kinds, context):
        super().__init__()
        self.tokens = nn.Embedding(kinds, width)
        blocks = [Residual(width, GatedConv(width, kernel, 2 ** (i % cycle))) for i in range(layers)]
        self.stack = nn.Sequential(*blocks, nn.LayerNorm(width))
        self.head = nn.Linear(width, kinds)

    def forward(self, tokens):
        return self.head(self.stack(self.tokens(tokens)))


def model_of(arch, sizes):
    kinds = {"gpt": Gpt, "llama": Llama, "cnn": Cnn}
    recurrent = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
    return kinds[arch](**sizes) if arch in kinds else Recurrent(recurrent[arch], **sizes)


def enough(times, steps):
    """measure.ts's isEnough."""
    if steps is not None:
        return len(times) >= steps
    seconds = sum(times)
    return (len(times) >= 10 and seconds >= 5) or seconds >= 30


def moment(device):
    """When the work asked for so far is done."""
    if device == "cpu":
        return time.perf_counter()
    event = torch.cuda.Event(enable_timing=True)
    event.record()
    return event


def seconds_between(first, last):
    if isinstance(first, float):
        return last - first
    last.synchronize()
    return first.elapsed_time(last) / 1000


def time_steps(step, device, steps):
    """Seconds between the ends of steps, one after another, and the last loss."""
    ahead = 0 if device == "cpu" else AHEAD
    times, ends, finished, loss = [], [moment(device)], 0, None
    while not enough(times, steps):
        loss = step()
        ends.append(moment(device))
        if len(ends) < ahead + 2:
            continue
        seconds = seconds_between(ends.pop(0), ends[0])
        finished += 1
        if finished > WARM_UP:
            times.append(seconds)
    return times, loss.item()


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("config", choices=CONFIGS)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["fp32", "tf32", "bf16"], default="fp32")
    parser.add_argument("--compile", action="store_true", help="torch.compile instead of eager")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU")
    parser.add_argument("--steps", type=int)
    asked = parser.parse_args()
    if asked.device == "cuda" and not torch.cuda.is_available():
        parser.error("this PyTorch finds no CUDA device")
    if asked.device == "cpu" and asked.precision == "tf32":
        parser.error("tf32 is for --device cuda alone")
    return asked


def main():
    asked = arguments()
    device = asked.device
    torch.set_num_threads(asked.threads)
    torch.manual_seed(0)
    if device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = asked.precision == "tf32"
    sizes = dict(CONFIGS[asked.config])
    arch, batch, context = sizes.pop("arch"), sizes.pop("batch"), sizes["context"]
    model = model_of(arch, sizes).to(device)
    forward = torch.compile(model) if asked.compile else model
    faster = {"fused": True} if device == "cuda" else {}
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, **faster)
    pool = torch.randint(sizes["kinds"], (POOL,)).to(device)

    def step():
        places = torch.randint(POOL - context, (batch,)).tolist()
        windows = torch.stack([pool[at : at + context + 1] for at in places])
        with torch.autocast(device, torch.bfloat16, enabled=asked.precision == "bf16"):
            logits = forward(windows[:, :-1])
            loss = F.cross_entropy(logits.flatten(0, 1), windows[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.detach()

    times, loss = time_steps(step, device, asked.steps)
    seconds = statistics.median(times)
    on_gpu = {"gpuMemoryBytes": torch.cuda.max_memory_allocated()} if device == "cuda" else {}
    print(json.dumps({
        "config": asked.config,
        "backend": "pytorch " + torch.__version__,
        "detail": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "precision": asked.precision,
        "compiled": asked.compile,
        "threads": torch.get_num_threads(),
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "steps": len(times),
        "msPerStep": seconds * 1000,
        "tokensPerSecond": batch * context / seconds,
        "peakMemoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        **on_gpu,
        "loss": loss,
    }))


main()
