# Writes the golden numbers beside this file: what PyTorch computes, in float64, for two small models, a few ops and the
# optimizers. Run: python3 test/golden/make.py (needs torch and numpy). It checks its own models against torch's nn modules first.
import json
import math
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

VOCAB, CONTEXT, LAYERS, B, T = 17, 12, 2, 3, 11
IGNORED = -1
SETTINGS = dict(beta1=0.9, beta2=0.95, epsilon=1e-8, weightDecay=0.1,
                learningRate=0.01, minLearningRate=0.001, warmupSteps=3, maxSteps=10)


class Source:
    """Seeded inputs. Every number is a multiple of 1/256: exact in float32, and exact in nine decimal digits."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape, scale=0.3, mean=0.0):
        drawn = torch.randn(shape, generator=self.generator, dtype=torch.float64)
        return ((drawn * scale + mean) * 256).round() / 256

    def below(self, n, *shape):
        return torch.randint(n, shape, generator=self.generator)

    def batch(self, ignored):
        """tokens and targets (B, T); one row has `ignored` targets that do not count."""
        tokens, targets = self.below(VOCAB, B, T), self.below(VOCAB, B, T)
        row = int(self.below(B, 1))
        targets[row, torch.randperm(T, generator=self.generator)[:ignored]] = IGNORED
        return tokens, targets


# The models, as functions of named parameters.

def layer_norm(x, p, name):
    return F.layer_norm(x, x.shape[-1:], p[f'{name}.weight'], p[f'{name}.bias'], 1e-5)


def conv1d(x, p, name):
    return x @ p[f'{name}.weight'] + p[f'{name}.bias']  # weight: (in, out)


def causal_attention(qkv, heads):
    batch, time, width = qkv.shape[0], qkv.shape[1], qkv.shape[2] // 3
    q, k, v = (part.view(batch, time, heads, width // heads).transpose(1, 2) for part in qkv.split(width, dim=2))
    scores = q @ k.transpose(2, 3) / math.sqrt(width // heads)  # (B, H, T, T)
    future = torch.ones(time, time, dtype=torch.bool).triu(1)
    mixed = scores.masked_fill(future, -math.inf).softmax(-1) @ v  # (B, H, T, C/H)
    return mixed.transpose(1, 2).reshape(batch, time, width)


def gpt_block(x, p, name, heads):
    qkv = conv1d(layer_norm(x, p, f'{name}.ln_1'), p, f'{name}.attn.c_attn')
    x = x + conv1d(causal_attention(qkv, heads), p, f'{name}.attn.c_proj')
    hidden = conv1d(layer_norm(x, p, f'{name}.ln_2'), p, f'{name}.mlp.c_fc')
    return x + conv1d(F.gelu(hidden, approximate='tanh'), p, f'{name}.mlp.c_proj')


def gpt_logits(p, config, tokens):
    x = p['wte.weight'][tokens] + p['wpe.weight'][:tokens.shape[1]]
    for n in range(config['layers']):
        x = gpt_block(x, p, f'h.{n}', config['heads'])
    return layer_norm(x, p, 'ln_f') @ p['wte.weight'].T


def rnn_layer(x, weight, recurrent, bias, h):
    """x (B, T, I), weight (I, C), recurrent (C, C), bias (C), h (B, C) → all h (B, T, C), last h."""
    outputs = []
    for t in range(x.shape[1]):
        h = (x[:, t] @ weight + h @ recurrent + bias).tanh()
        outputs.append(h)
    return torch.stack(outputs, 1), h


def gru_layer(x, weight, recurrent, bias, recurrent_bias, h):
    """x (B, T, I), weight (I, 3C), recurrent (C, 3C), bias (3C), recurrent_bias (C), h (B, C) → all h (B, T, C), last h."""
    outputs = []
    for t in range(x.shape[1]):
        ir, iz, i_n = (x[:, t] @ weight + bias).chunk(3, dim=1)
        hr, hz, hn = (h @ recurrent).chunk(3, dim=1)
        r, z = (ir + hr).sigmoid(), (iz + hz).sigmoid()
        n = (i_n + r * (hn + recurrent_bias)).tanh()
        h = (1 - z) * n + z * h
        outputs.append(h)
    return torch.stack(outputs, 1), h


def lstm_layer(x, weight, recurrent, bias, h, c, peepholes=None):
    """x (B, T, I), weight (I, 4C), recurrent (C, 4C), bias (4C), h and c (B, C), peepholes (3C) of the input, forget and
    output gate (Gers & Schmidhuber 2000, "Recurrent nets that time and count") → all h (B, T, C), last h, last c."""
    outputs = []
    pi, pf, po = (0, 0, 0) if peepholes is None else peepholes.chunk(3)
    for t in range(x.shape[1]):
        i, f, g, o = (x[:, t] @ weight + h @ recurrent + bias).chunk(4, dim=1)
        c = (f + pf * c).sigmoid() * c + (i + pi * c).sigmoid() * g.tanh()
        h = (o + po * c).sigmoid() * c.tanh()
        outputs.append(h)
    return torch.stack(outputs, 1), h, c


def recurrent_layer(p, config, n, x):
    """Layer n from a state of zeros → all hidden values."""
    weights = [p[f"{config['arch']}.{n}.{name}"] for name in ('input.weight', 'recurrent.weight', 'bias')]
    zero = torch.zeros(x.shape[0], config['width'], dtype=x.dtype)
    if config['arch'] == 'rnn':
        return rnn_layer(x, *weights, zero)[0]
    if config['arch'] == 'gru':
        return gru_layer(x, *weights, p[f'gru.{n}.recurrent.bias'], zero)[0]
    return lstm_layer(x, *weights, zero, zero, p.get(f'lstm.{n}.peepholes'))[0]


def recurrent_logits(p, config, tokens):
    x = p['embedding.weight'][tokens]
    for n in range(config['layers']):
        x = recurrent_layer(p, config, n, x)
    head = p['embedding.weight'] if config['tiedHead'] else p['head.weight']
    return x @ head.T + p['head.bias']


def gated_conv(x, weight, bias, dilation):
    """x (B, T, I), weight (K · I, 2C): taps, oldest first; bias (2C) → (B, T, C)"""
    time, kernel = x.shape[1], weight.shape[0] // x.shape[2]
    padded = F.pad(x, (0, 0, (kernel - 1) * dilation, 0))
    taps = torch.cat([padded[:, k * dilation:k * dilation + time] for k in range(kernel)], 2)
    values, gates = (taps @ weight + bias).chunk(2, dim=2)
    return values * gates.sigmoid()


def cnn_logits(p, config, tokens, conv=gated_conv):
    x = p['embedding.weight'][tokens]
    for n in range(config['layers']):
        name, dilation = f'cnn.{n}', 2 ** (n % config['dilationCycle'])
        x = x + conv(layer_norm(x, p, f'{name}.norm'), p[f'{name}.conv.weight'], p[f'{name}.conv.bias'], dilation)
    head = p['embedding.weight'] if config['tiedHead'] else p['head.weight']
    return layer_norm(x, p, 'norm') @ head.T + p['head.bias']


def gpt_parameters(source, config):
    width = config['width']
    shapes = {'wte.weight': (VOCAB, width), 'wpe.weight': (CONTEXT, width)}
    for n in range(config['layers']):
        shapes |= {f'h.{n}.ln_1.weight': (width,), f'h.{n}.ln_1.bias': (width,)}
        shapes |= {f'h.{n}.attn.c_attn.weight': (width, 3 * width), f'h.{n}.attn.c_attn.bias': (3 * width,)}
        shapes |= {f'h.{n}.attn.c_proj.weight': (width, width), f'h.{n}.attn.c_proj.bias': (width,)}
        shapes |= {f'h.{n}.ln_2.weight': (width,), f'h.{n}.ln_2.bias': (width,)}
        shapes |= {f'h.{n}.mlp.c_fc.weight': (width, 4 * width), f'h.{n}.mlp.c_fc.bias': (4 * width,)}
        shapes |= {f'h.{n}.mlp.c_proj.weight': (4 * width, width), f'h.{n}.mlp.c_proj.bias': (width,)}
    shapes |= {'ln_f.weight': (width,), 'ln_f.bias': (width,)}
    is_scale = lambda name: name.split('.')[-2].startswith('ln_') and name.endswith('weight')
    return {name: source.normal(*shape, mean=1.0 if is_scale(name) else 0.0) for name, shape in shapes.items()}


def recurrent_parameters(source, config):
    width, arch = config['width'], config['arch']
    gates = {'rnn': 1, 'gru': 3, 'lstm': 4}[arch]
    shapes = {'embedding.weight': (VOCAB, width)}
    for n in range(config['layers']):
        shapes |= {f'{arch}.{n}.input.weight': (width, gates * width), f'{arch}.{n}.recurrent.weight': (width, gates * width)}
        shapes[f'{arch}.{n}.bias'] = (gates * width,)
        if arch == 'gru':
            shapes[f'{arch}.{n}.recurrent.bias'] = (width,)
        if config.get('peepholes'):
            shapes[f'{arch}.{n}.peepholes'] = (3 * width,)
    if not config['tiedHead']:
        shapes['head.weight'] = (VOCAB, width)
    shapes['head.bias'] = (VOCAB,)
    scale = 0.3 if arch == 'rnn' else 0.6  # tanh alone would let gradients grow from step to step
    return {name: source.normal(*shape, scale=scale) for name, shape in shapes.items()}


def cnn_parameters(source, config):
    width, kernel = config['width'], config['kernel']
    shapes = {'embedding.weight': (VOCAB, width)}
    for n in range(config['layers']):
        shapes |= {f'cnn.{n}.norm.weight': (width,), f'cnn.{n}.norm.bias': (width,)}
        shapes |= {f'cnn.{n}.conv.weight': (kernel * width, 2 * width), f'cnn.{n}.conv.bias': (2 * width,)}
    shapes |= {'norm.weight': (width,), 'norm.bias': (width,), 'head.weight': (VOCAB, width), 'head.bias': (VOCAB,)}
    is_scale = lambda name: name.endswith('norm.weight')
    return {name: source.normal(*shape, mean=1.0 if is_scale(name) else 0.0) for name, shape in shapes.items()}


# The same models out of torch's own modules.

def torch_gpt_logits(p, config, tokens):
    x = p['wte.weight'][tokens] + p['wpe.weight'][:tokens.shape[1]]
    mask = torch.full((tokens.shape[1],) * 2, -math.inf, dtype=x.dtype).triu(1)
    for n in range(config['layers']):
        block = nn.TransformerEncoderLayer(
            config['width'], config['heads'], 4 * config['width'], dropout=0, batch_first=True, norm_first=True,
            activation=lambda hidden: F.gelu(hidden, approximate='tanh')).to(x.dtype)
        names = {'norm1': 'ln_1', 'self_attn.in_proj': 'attn.c_attn', 'self_attn.out_proj': 'attn.c_proj',
                 'norm2': 'ln_2', 'linear1': 'mlp.c_fc', 'linear2': 'mlp.c_proj'}
        separators = {'self_attn.in_proj': '_'}
        block.load_state_dict({f'{theirs}{separators.get(theirs, ".")}{kind}': p[f'h.{n}.{ours}.{kind}'].t()  # t(): nothing for a bias
                               for theirs, ours in names.items() for kind in ('weight', 'bias')})
        x = block(x, src_mask=mask)
    return layer_norm(x, p, 'ln_f') @ p['wte.weight'].T


def torch_weights(weight, recurrent, bias, recurrent_bias=None):
    """A layer's weights as torch's modules have them: they have two biases for all gates, and only a GRU needs both."""
    second = torch.zeros_like(bias)
    if recurrent_bias is not None:
        second[-len(recurrent_bias):] = recurrent_bias
    return dict(weight_ih=weight.T, weight_hh=recurrent.T, bias_ih=bias, bias_hh=second)


def torch_recurrent_logits(p, config, tokens):
    kind = {'rnn': nn.RNN, 'gru': nn.GRU, 'lstm': nn.LSTM}[config['arch']]
    stack = kind(config['width'], config['width'], config['layers'], batch_first=True).to(torch.float64)
    state = {}
    for n in range(config['layers']):
        weights = [p.get(f"{config['arch']}.{n}.{name}") for name in ('input.weight', 'recurrent.weight', 'bias', 'recurrent.bias')]
        state |= {f'{name}_l{n}': value for name, value in torch_weights(*weights).items()}
    stack.load_state_dict(state)
    head = p['embedding.weight'] if config['tiedHead'] else p['head.weight']
    return stack(p['embedding.weight'][tokens])[0] @ head.T + p['head.bias']


def torch_gated_conv(x, weight, bias, dilation):
    kernel = weight.shape[0] // x.shape[2]
    conv = nn.Conv1d(x.shape[2], len(bias), kernel, dilation=dilation).to(x.dtype)
    conv.load_state_dict(dict(weight=weight.view(kernel, x.shape[2], -1).permute(2, 1, 0), bias=bias))
    padded = F.pad(x.transpose(1, 2), ((kernel - 1) * dilation, 0))
    return F.glu(conv(padded), dim=1).transpose(1, 2)


def torch_cnn_logits(p, config, tokens):
    return cnn_logits(p, config, tokens, torch_gated_conv)


# One model: a forward and backward pass, and ten training steps.

def mean_loss(logits, targets):
    return F.cross_entropy(logits.flatten(0, -2), targets.flatten(), ignore_index=IGNORED)


def learning_rate(step):
    peak, lowest, warmup = SETTINGS['learningRate'], SETTINGS['minLearningRate'], SETTINGS['warmupSteps']
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    ratio = (step - warmup) / (SETTINGS['maxSteps'] - warmup)
    return lowest + 0.5 * (1 + math.cos(math.pi * ratio)) * (peak - lowest)


def run_model(logits_of, config, parameters, clip, batch, batches):
    """Every number of one model, in the precision of `parameters`."""
    p = {name: value.clone().requires_grad_() for name, value in parameters.items()}
    logits = logits_of(p, config, batch[0])
    loss = mean_loss(logits, batch[1])
    gradients = dict(zip(p, torch.autograd.grad(loss, list(p.values()))))

    optimizer = torch.optim.AdamW(
        [{'params': [v for v in p.values() if v.ndim >= 2], 'weight_decay': SETTINGS['weightDecay']},
         {'params': [v for v in p.values() if v.ndim < 2], 'weight_decay': 0.0}],
        betas=(SETTINGS['beta1'], SETTINGS['beta2']), eps=SETTINGS['epsilon'])
    steps = []
    for step, (tokens, targets) in enumerate(batches):
        for group in optimizer.param_groups:
            group['lr'] = learning_rate(step)
        optimizer.zero_grad()
        step_loss = mean_loss(logits_of(p, config, tokens), targets)
        step_loss.backward()
        norm = nn.utils.clip_grad_norm_(list(p.values()), clip)
        optimizer.step()
        steps.append(dict(tokens=tokens, targets=targets, learningRate=learning_rate(step), loss=step_loss, gradientNorm=norm))
    final = {name: value.detach() for name, value in p.items()}
    return dict(logits=logits, loss=loss, gradients=gradients, steps=steps, finalParameters=final)


def make_model(name, seed, config, clip, parameters_of, logits_of, torch_logits_of):
    source = Source(seed)
    parameters = parameters_of(source, config)
    batch = source.batch(ignored=4)
    batches = [source.batch(ignored=step % 4) for step in range(SETTINGS['maxSteps'])]
    truth = run_model(logits_of, config, parameters, clip, batch, batches)

    if torch_logits_of is not None:
        assert relative_error(truth['logits'], torch_logits_of(parameters, config, batch[0])) < 1e-12, name
    clipped = sum(step['gradientNorm'] > clip for step in truth['steps'])
    assert 3 <= clipped <= 7, (name, clip, [float(step['gradientNorm']) for step in truth['steps']])

    single = run_model(logits_of, config, {n: v.float() for n, v in parameters.items()}, clip, batch, batches)
    report_float32(name, truth, single)
    write(name, dict(
        config=config, tokens=batch[0], targets=batch[1], parameters=parameters,
        logits=truth['logits'], loss=truth['loss'], gradients=truth['gradients'],
        settings=SETTINGS | dict(clip=clip), steps=truth['steps'], finalParameters=truth['finalParameters']))


def relative_error(actual, expected):
    return float((actual - expected).detach().abs().max() / expected.detach().abs().max())


def report_float32(name, truth, single):
    """How far PyTorch's own float32 is from the truth: the floor for anyone's tolerance."""
    pairs = [('logits', single['logits'], truth['logits']), ('loss', single['loss'], truth['loss'])]
    for field in ('gradients', 'finalParameters'):
        pairs += [(f'{field} {key}', single[field][key], value) for key, value in truth[field].items()]
    for field in ('loss', 'gradientNorm'):
        pairs += [(f'step {i} {field}', s[field], t[field]) for i, (s, t) in enumerate(zip(single['steps'], truth['steps']))]
    errors = sorted(((relative_error(a, e), label) for label, a, e in pairs), reverse=True)
    print(f'{name}: float32 against float64, worst:', '; '.join(f'{label} {error:.1e}' for error, label in errors[:4]))


# The ops.

def run_op(source, op, inputs, **rest):
    """op(**inputs) → named outputs; gradients for a random upstream gradient of each output."""
    floats = {name: value.requires_grad_() for name, value in inputs.items() if value.is_floating_point()}
    outputs = op(**inputs)
    upstream = {name: source.normal(*value.shape, scale=1.0) for name, value in outputs.items()}
    gradients = torch.autograd.grad(list(outputs.values()), list(floats.values()), list(upstream.values()))
    return rest | dict(inputs=inputs, outputs=outputs, outputGradients=upstream, inputGradients=dict(zip(floats, gradients)))


def make_ops():
    source = Source(4)
    batch, time, width, heads, rows = 2, 7, 6, 2, 9
    tails = torch.tensor([0.0, 0.00390625, -0.5, 0.5, -3.0, 3.0, -10.0, 10.0, -40.0, 40.0], dtype=torch.float64)
    targets = source.below(VOCAB, rows)
    targets[[0, 4, 5]] = IGNORED
    lstm_inputs = dict(
        x=source.normal(batch, time, width, scale=1.0), inputWeight=source.normal(width, 4 * width, scale=0.5),
        recurrentWeight=source.normal(width, 4 * width, scale=0.5), bias=source.normal(4 * width, scale=0.5),
        h0=source.normal(batch, width, scale=0.5), c0=source.normal(batch, width, scale=1.0))
    lstm = lambda x, inputWeight, recurrentWeight, bias, h0, c0: dict(
        zip(('y', 'h', 'c'), lstm_layer(x, inputWeight, recurrentWeight, bias, h0, c0)))
    check_lstm_layer(**lstm_inputs)
    write('ops', dict(
        gelu=run_op(source, lambda x: dict(y=F.gelu(x, approximate='tanh')),
                    dict(x=torch.cat([tails, source.normal(13, scale=2.0)]))),
        # A small spread around a mean of 1, so that a wrong epsilon shows.
        layerNorm=run_op(source, lambda x, weight, bias: dict(y=F.layer_norm(x, (width,), weight, bias, 1e-5)),
                         dict(x=source.normal(batch, time, width, scale=0.05, mean=1.0),
                              weight=source.normal(width, mean=1.0), bias=source.normal(width))),
        causalAttention=run_op(source, lambda qkv: dict(y=causal_attention(qkv, heads)),
                               dict(qkv=source.normal(batch, time, 3 * width, scale=1.0)), heads=heads),
        lstm=run_op(source, lstm, lstm_inputs),
        crossEntropy=run_op(source, lambda logits, targets: dict(loss=mean_loss(logits, targets)),
                            dict(logits=source.normal(rows, VOCAB, scale=2.0), targets=targets)),
        linearCrossEntropy=run_op(
            source, lambda x, weight, bias, targets: dict(loss=mean_loss(x @ weight.T + bias, targets)),
            dict(x=source.normal(rows, width, scale=1.0), weight=source.normal(VOCAB, width, scale=1.0),
                 bias=source.normal(VOCAB), targets=targets)),
        **make_recurrent_ops(Source(6), batch, time, width),
        gatedConv=make_gated_conv(Source(10), batch, time, width),
        crfLoss=make_crf(Source(11)),
        ctcLoss=make_ctc(Source(12)),
        geluErf=run_op(source, lambda x: dict(y=F.gelu(x)), dict(x=torch.cat([tails.detach(), source.normal(13, scale=2.0)]))),
        fullAttention=make_full_attention(Source(12), batch, time, width, heads),
        **make_llama_ops(Source(14), batch, time, width),
    ))


def make_llama_ops(source, batch, time, width):
    """RMSNorm, SwiGLU, rotary positions and grouped-query attention, by torch's own functions where there are some."""
    heads, kv_heads, size, base = 4, 2, 6, 100.0
    inverse = 1 / base ** (torch.arange(0, size, 2, dtype=torch.float64) / size)

    def rope(x, starts):
        """x (B, T, H, D): the half-split turn of transformers' apply_rotary_pos_emb."""
        angles = (starts[:, None] + torch.arange(x.shape[1]))[..., None] * inverse  # (B, T, D/2)
        angles = torch.cat([angles, angles], -1)[:, :, None]
        a, b = x.chunk(2, -1)
        return x * angles.cos() + torch.cat([-b, a], -1) * angles.sin()

    def pack(q, k, v, starts):
        q, k, v = (x.unflatten(2, (-1, size)) for x in (q, k, v))
        return dict(y=torch.cat([rope(q, starts), rope(k, starts), v], 2).flatten(2))

    def attention(qkv):
        q, k, v = qkv.unflatten(2, (-1, size)).transpose(1, 2).split([heads, kv_heads, kv_heads], 1)
        return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True).transpose(1, 2).flatten(2)

    return dict(
        # A small spread, so that a wrong epsilon shows.
        rmsNorm=run_op(source, lambda x, weight: dict(y=F.rms_norm(x, (width,), weight, 1e-5)),
                       dict(x=source.normal(batch, time, width, scale=0.05), weight=source.normal(width, mean=1.0))),
        activate=run_op(source, lambda x, up: dict(y=F.silu(x) * up),
                        dict(x=source.normal(5, 7, scale=2.0), up=source.normal(5, 7, scale=1.0))),
        packHeads=run_op(source, pack, dict(
            q=source.normal(batch, time, heads * size, scale=1.0), k=source.normal(batch, time, kv_heads * size, scale=1.0),
            v=source.normal(batch, time, kv_heads * size, scale=1.0), starts=torch.tensor([0, 13])),
            base=base, heads=heads, kvHeads=kv_heads),
        groupedAttention=run_op(source, lambda qkv: dict(y=attention(qkv)),
                                dict(qkv=source.normal(batch, time, (heads + 2 * kv_heads) * size, scale=1.0)),
                                heads=heads, kvHeads=kv_heads))


def make_full_attention(source, batch, time, width, heads):
    inputs = dict(q=source.normal(batch, time, width), k=source.normal(batch, time + 2, width),
                  v=source.normal(batch, time + 2, width), lengths=torch.tensor([time + 2, time - 3]))
    inputs |= {name: inputs[name] * 4 for name in ('q', 'k')}  # so that the weights differ
    return run_op(source, lambda **given: dict(y=full_attention(**given, heads=heads)), inputs, heads=heads)


def full_attention(q, k, v, lengths, heads):
    q, k, v = (part.unflatten(2, (heads, -1)).transpose(1, 2) for part in (q, k, v))
    seen = torch.arange(k.shape[2])[None] < lengths[:, None]  # (B, S)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=seen[:, None, None]).transpose(1, 2).flatten(2)


def make_recurrent_ops(source, batch, time, width):
    """The ops' other recurrent layers. PyTorch has no peepholes, and onnxruntime has (test/ops/onnxruntime.test.ts)."""
    def inputs(gates, **more):
        return dict(
            x=source.normal(batch, time, width, scale=1.0), inputWeight=source.normal(width, gates * width, scale=0.5),
            recurrentWeight=source.normal(width, gates * width, scale=0.5), bias=source.normal(gates * width, scale=0.5),
            **{name: source.normal(size, scale=0.5) for name, size in more.items()}, h0=source.normal(batch, width, scale=0.5))
    rnn = lambda x, inputWeight, recurrentWeight, bias, h0: dict(
        zip(('y', 'h'), rnn_layer(x, inputWeight, recurrentWeight, bias, h0)))
    gru = lambda x, inputWeight, recurrentWeight, bias, recurrentBias, h0: dict(
        zip(('y', 'h'), gru_layer(x, inputWeight, recurrentWeight, bias, recurrentBias, h0)))
    seeing = lambda x, inputWeight, recurrentWeight, bias, peepholes, h0, c0: dict(
        zip(('y', 'h', 'c'), lstm_layer(x, inputWeight, recurrentWeight, bias, h0, c0, peepholes)))
    rnn_inputs, gru_inputs = inputs(1), inputs(3, recurrentBias=width)
    check_layer(nn.RNN, rnn, rnn_inputs)
    check_layer(nn.GRU, gru, gru_inputs)
    seeing_inputs = inputs(4, peepholes=3 * width) | dict(c0=source.normal(batch, width, scale=1.0))
    return dict(rnn=run_op(source, rnn, rnn_inputs), gru=run_op(source, gru, gru_inputs),
                lstmWithPeepholes=run_op(source, seeing, seeing_inputs))


def make_gated_conv(source, batch, time, width):
    inputs = dict(x=source.normal(batch, time, width, scale=1.0), weight=source.normal(3 * width, 10, scale=0.5),
                  bias=source.normal(10, scale=0.5))
    dilation = 2
    assert relative_error(gated_conv(**inputs, dilation=dilation), torch_gated_conv(**inputs, dilation=dilation)) < 1e-12
    return run_op(source, lambda **given: dict(y=gated_conv(**given, dilation=dilation)), inputs, dilation=dilation)


def make_crf(source):
    """By its definition: PyTorch has no CRF, so that all sequences of tags are weighed one by one."""
    batch, time, kinds = 3, 6, 3
    lengths = torch.tensor([6, 4, 1])

    def loss(scores, transitions, start, end, tags, lengths):
        def weight(b, path):  # path (N, t)
            steps = torch.arange(path.shape[1])
            return (start[path[:, 0]] + scores[b][steps, path].sum(1) + transitions[path[:, :-1], path[:, 1:]].sum(1)
                    + end[path[:, -1]])
        total = 0.0
        for b, length in enumerate(lengths):
            every = torch.cartesian_prod(*[torch.arange(kinds)] * int(length)).reshape(-1, int(length))
            total = total + weight(b, every).logsumexp(0) - weight(b, tags[b, :length][None])[0]
        return dict(loss=total / lengths.sum())

    return run_op(source, loss, dict(
        scores=source.normal(batch, time, kinds, scale=1.0), transitions=source.normal(kinds, kinds, scale=1.0),
        start=source.normal(kinds, scale=1.0), end=source.normal(kinds, scale=1.0),
        tags=source.below(kinds, batch, time), lengths=lengths))


def make_ctc(source):
    """By torch.nn.CTCLoss, whose sum is divided by the number of targets."""
    batch, time, most, blank = 4, 23, 9, 2
    targets = source.below(VOCAB - 1, batch, most)
    targets[1, 3:6] = targets[1, 2]  # repeats
    targets += targets >= blank
    return run_op(
        source, lambda logits, targets, inputLengths, targetLengths: dict(loss=nn.CTCLoss(blank, 'sum')(
            logits.log_softmax(2).transpose(0, 1), targets, inputLengths, targetLengths) / targetLengths.sum()),
        dict(logits=source.normal(batch, time, VOCAB, scale=2.0), targets=targets,
             inputLengths=torch.tensor([23, 20, 9, 14]), targetLengths=torch.tensor([9, 8, 5, 1])), blank=blank)


def check_layer(kind, ours, inputs):
    layer = kind(inputs['x'].shape[2], inputs['h0'].shape[1], batch_first=True).double()
    layer.load_state_dict({f'{name}_l0': value for name, value in torch_weights(
        inputs['inputWeight'], inputs['recurrentWeight'], inputs['bias'], inputs.get('recurrentBias')).items()})
    y, h = layer(inputs['x'], inputs['h0'][None])
    assert all(relative_error(a, e) < 1e-12 for a, e in zip(ours(**inputs).values(), (y, h[0])))


def check_lstm_layer(x, inputWeight, recurrentWeight, bias, h0, c0):
    lstm = nn.LSTM(x.shape[2], h0.shape[1], batch_first=True).double()
    lstm.load_state_dict({'weight_ih_l0': inputWeight.T, 'weight_hh_l0': recurrentWeight.T,
                          'bias_ih_l0': bias, 'bias_hh_l0': torch.zeros_like(bias)})
    theirs, (h, c) = lstm(x, (h0[None], c0[None]))
    ours = lstm_layer(x, inputWeight, recurrentWeight, bias, h0, c0)
    assert all(relative_error(a, e) < 1e-12 for a, e in zip(ours, (theirs, h[0], c[0])))


# The optimizers.

OPTIMIZER_STEPS = 10
OPTIMIZER_CLIP = 1.9

# torch's names of what an optimizer keeps, and ours.
STATE_NAMES = {'exp_avg': 'mean', 'exp_avg_sq': 'square', 'square_avg': 'square', 'momentum_buffer': 'momentum'}


def with_torch(kind, **settings):
    """parameters, steps, decay of matrices → final parameters and state, by torch.optim, with torch's clipping."""
    def run(parameters, steps, decay):
        p = {name: value.clone().requires_grad_() for name, value in parameters.items()}
        optimizer = kind([{'params': [v for v in p.values() if v.ndim >= 2], 'weight_decay': decay},
                          {'params': [v for v in p.values() if v.ndim < 2], 'weight_decay': 0.0}], **settings)
        for step in steps:
            for group in optimizer.param_groups:
                group['lr'] = step['learningRate']
            for name, value in p.items():
                value.grad = step['gradients'][name].clone()
            nn.utils.clip_grad_norm_(list(p.values()), OPTIMIZER_CLIP)
            optimizer.step()
        state = {f'{name}.{STATE_NAMES[key]}': kept for name, value in p.items()
                 for key, kept in optimizer.state[value].items() if key in STATE_NAMES and kept is not None}
        return p, state
    return run


def with_lion(beta1, beta2):
    """The same for Lion: algorithm 2 of Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", line by line."""
    def run(parameters, steps, decay):
        theta = {name: value.numpy().copy() for name, value in parameters.items()}
        m = {name: np.zeros_like(value) for name, value in theta.items()}
        for step in steps:
            g = {name: value.numpy() for name, value in step['gradients'].items()}
            norm = np.sqrt(sum((value ** 2).sum() for value in g.values()))
            for name, value in theta.items():
                clipped = g[name] * min(1.0, OPTIMIZER_CLIP / (norm + 1e-6))
                c = beta1 * m[name] + (1 - beta1) * clipped
                assert np.abs(c[c != 0]).min() > 1e-5  # rounding must not decide a sign
                decayed = decay * value if value.ndim >= 2 else 0.0
                theta[name] = value - step['learningRate'] * (np.sign(c) + decayed)
                m[name] = beta2 * m[name] + (1 - beta2) * clipped
        return ({name: torch.from_numpy(value) for name, value in theta.items()},
                {f'{name}.mean': torch.from_numpy(value) for name, value in m.items()})
    return run


def with_muon(momentum, adjust_lr_fn, matrix_rate):
    """The same by torch.optim.Muon in float64, where it would round to bfloat16; it has matrices as torch has them, (out, in). The
    others are AdamW's."""
    def run(parameters, steps, decay):
        def turned(value):
            return value.reshape(-1, value.shape[-1]).T.contiguous() if value.ndim >= 2 else value
        p = {name: turned(value).clone().requires_grad_() for name, value in parameters.items()}
        matrices = {name: value for name, value in p.items() if value.ndim == 2}
        vectors = {name: value for name, value in p.items() if value.ndim == 1}
        muon = torch.optim.Muon(matrices.values(), weight_decay=decay, momentum=momentum, adjust_lr_fn=adjust_lr_fn)
        adamw = torch.optim.AdamW(vectors.values(), weight_decay=0.0, betas=(0.9, 0.99), eps=1e-8)
        for step in steps:
            muon.param_groups[0]['lr'] = matrix_rate * step['learningRate']
            adamw.param_groups[0]['lr'] = step['learningRate']
            for name, value in p.items():
                value.grad = turned(step['gradients'][name]).clone()
            nn.utils.clip_grad_norm_(list(p.values()), OPTIMIZER_CLIP)
            with mock.patch.object(torch.Tensor, 'bfloat16', lambda tensor: tensor):
                muon.step()
            adamw.step()
        def back(name, value):
            return value.T.reshape(parameters[name].shape) if value.ndim == 2 else value
        state = {f'{name}.{STATE_NAMES[key]}': back(name, kept) for optimizer, own in ((muon, matrices), (adamw, vectors))
                 for name, value in own.items() for key, kept in optimizer.state[value].items() if key in STATE_NAMES}
        return {name: back(name, value) for name, value in p.items()}, state
    return run


def make_optimizers():
    source = Source(5)
    parameters = {'first.weight': source.normal(5, 7), 'first.bias': source.normal(6), 'second.weight': source.normal(3, 1, 2)}
    steps = []
    for step in range(OPTIMIZER_STEPS):
        gradients = {name: source.normal(*value.shape) for name, value in parameters.items()}
        gradients['first.weight'][1] = 0.0  # as of a token that is never seen
        steps.append(dict(learningRate=0.05 / (1 + step), gradients=gradients))
    norms = [math.sqrt(sum(float((g ** 2).sum()) for g in step['gradients'].values())) for step in steps]
    assert 3 <= sum(norm > OPTIMIZER_CLIP for norm in norms) <= 7, norms

    sgd, rmsprop = torch.optim.SGD, torch.optim.RMSprop
    cases = [
        ('adamw', dict(beta1=0.9, beta2=0.99), 0.1, with_torch(torch.optim.AdamW, betas=(0.9, 0.99), eps=1e-8)),
        ('sgd', dict(momentum=0, nesterov=False), 0.0, with_torch(sgd)),
        ('sgd', dict(momentum=0, nesterov=False), 0.5, with_torch(sgd)),
        ('sgd', dict(momentum=0.9, nesterov=False), 0.0, with_torch(sgd, momentum=0.9)),
        ('sgd', dict(momentum=0.8, nesterov=True), 0.5, with_torch(sgd, momentum=0.8, nesterov=True)),
        ('rmsprop', dict(smoothing=0.99, momentum=0), 0.0, with_torch(rmsprop, alpha=0.99, eps=1e-8)),
        ('rmsprop', dict(smoothing=0.9, momentum=0), 0.5, with_torch(rmsprop, alpha=0.9, eps=1e-8)),
        ('rmsprop', dict(smoothing=0.95, momentum=0.9), 0.5, with_torch(rmsprop, alpha=0.95, momentum=0.9, eps=1e-8)),
        ('lion', dict(beta1=0.9, beta2=0.99), 0.0, with_lion(0.9, 0.99)),
        ('lion', dict(beta1=0.95, beta2=0.98), 0.5, with_lion(0.95, 0.98)),
        ('muon', dict(momentum=0.95, matrixRate=1, adjustRate='match_rms_adamw', beta1=0.9, beta2=0.99), 0.0,
         with_muon(0.95, 'match_rms_adamw', 1)),
        ('muon', dict(momentum=0.8, matrixRate=3, adjustRate='original', beta1=0.9, beta2=0.99), 0.5,
         with_muon(0.8, 'original', 3)),
    ]
    done = []
    for optimizer, settings, decay, run in cases:
        final, state = run(parameters, steps, decay)
        done.append(dict(optimizer=optimizer, settings=settings | dict(weightDecay=decay), finalParameters=final, state=state))
    write('optimizers', dict(clip=OPTIMIZER_CLIP, parameters=parameters, steps=steps, cases=done))


# Files.

def plain(value):
    """As JSON: tensors as {shape, data}, scalars as numbers."""
    if isinstance(value, torch.Tensor):
        numbers = [plain(number) for number in value.detach().flatten().tolist()]
        return dict(shape=list(value.shape), data=numbers) if value.ndim > 0 else numbers[0]
    if isinstance(value, dict):
        return {key: plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [plain(child) for child in value]
    if isinstance(value, float):
        rounded = float(f'{value:.9g}')
        if abs(rounded) < 1e-13:  # float64's rounding noise, which may differ between machines
            return 0
        return int(rounded) if rounded.is_integer() else rounded
    return value


def write(name, content):
    lines = [f'{json.dumps(key)}:{json.dumps(plain(value), separators=(",", ":"))}' for key, value in content.items()]
    Path(__file__).with_name(f'{name}.json').write_text('{\n' + ',\n'.join(lines) + '\n}\n')


def main():
    torch.set_num_threads(1)
    print('torch', torch.__version__)
    gpt = dict(arch='gpt', vocabSize=VOCAB, context=CONTEXT, layers=LAYERS, width=24, dropout=0, heads=3)
    recurrent = dict(vocabSize=VOCAB, context=CONTEXT, layers=LAYERS, width=20, dropout=0)
    lstm = dict(arch='lstm') | recurrent
    untied = dict(tiedHead=False)
    make_model('gpt', 1, gpt, 2.0, gpt_parameters, gpt_logits, torch_gpt_logits)
    own = (recurrent_parameters, recurrent_logits)
    make_model('lstm', 2, lstm | untied, 0.65, *own, torch_recurrent_logits)
    make_model('lstm-tied', 3, lstm | dict(tiedHead=True), 0.55, *own, torch_recurrent_logits)
    make_model('rnn', 7, dict(arch='rnn') | recurrent | untied, 1.7, *own, torch_recurrent_logits)
    make_model('gru', 8, dict(arch='gru') | recurrent | untied, 2.21, *own, torch_recurrent_logits)
    # PyTorch has no peepholes; onnxruntime, which has, computes the exported graph as well (test/hub/onnx/graph.test.ts).
    make_model('lstm-peepholes', 9, lstm | untied | dict(peepholes=True), 1.0, *own, None)
    cnn = dict(arch='cnn') | recurrent | untied | dict(layers=3, kernel=3, dilationCycle=2)
    make_model('cnn', 11, cnn, 2.25, cnn_parameters, cnn_logits, torch_cnn_logits)
    make_ops()
    make_optimizers()


if __name__ == '__main__':
    main()
