# Writes vae.json: what PyTorch computes, in float64, for two small variational autoencoders whose weights are a formula: the
# training loss with its gradients, and both bounds. Threefry and Box-Muller are written here again, after their papers.
# Run: python3 test/golden/vae.py (needs torch and numpy).
import math

import torch
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

import make

V, END, C, D, CONTEXT = 7, 2, 4, 3, 6
TEXTS = [[3, 4, 5, 2], [1, 6, 0, 3, 5, 4], [2]]  # the second is a document's beginning, the third its end
KEY, STEP, SAMPLES = (5, 6), 3, 4
NOISE, WORDS = 2, 3  # places under the key
WEIGHING = dict(klAnnealSteps=10, freeBits=0.06, wordDropout=0.4)
MASK = 2 ** 32 - 1


def threefry(key, counter):
    """Threefry-2x32 of 13 rounds (Salmon et al. 2011)."""
    rotations = (13, 15, 26, 6, 17, 29, 16, 24)
    words = (key[0], key[1], 0x1BD11BDA ^ key[0] ^ key[1])
    a, b = (counter[0] + words[0]) & MASK, (counter[1] + words[1]) & MASK
    for i in range(13):
        a = (a + b) & MASK
        b = ((b << rotations[i % 8]) | (b >> (32 - rotations[i % 8]))) & MASK
        b ^= a
        if i % 4 == 3:
            j = i // 4 + 1
            a, b = (a + words[j % 3]) & MASK, (b + words[(j + 1) % 3] + j) & MASK
    return a, b


def fold(key, *coordinates):
    for coordinate in coordinates:
        key = threefry(key, (coordinate & MASK, coordinate >> 32 & MASK))
    return key


def key_for(seed, purpose, *coordinates):
    h = 0x811C9DC5
    for byte in purpose.encode():
        h = ((h ^ byte) * 0x01000193) & MASK
    return fold((seed, 0), h - 2 ** 32 if h >= 2 ** 31 else h, *coordinates)  # a hash is a signed number


def uniforms(key, count):
    words = (threefry(key, (i, 0)) for i in range(count))
    return [((a >> 5) * 2 ** 26 + (b >> 6)) / 2 ** 53 for a, b in words]


def normals(key, *shape):
    u = uniforms(key, 2 * math.prod(shape))
    drawn = [math.sqrt(-2 * math.log(1 - u[i])) * math.cos(2 * math.pi * u[i + 1]) for i in range(0, len(u), 2)]
    return torch.tensor(drawn, dtype=torch.float64).view(shape)


# The model.

def shapes(config):
    linear = lambda name, i, o: {f'{name}.weight': (i, o), f'{name}.bias': (o,)}
    norm = lambda name: {f'{name}.weight': (C,), f'{name}.bias': (C,)}
    mlp = lambda name: linear(f'{name}.c_fc', C, 4 * C) | linear(f'{name}.c_proj', 4 * C, C)
    gates = lambda name, n: {f'{name}.input.weight': (C, n * C), f'{name}.recurrent.weight': (C, n * C), f'{name}.bias': (n * C,)}
    inputs = lambda name, rows, positions: {f'{name}.embedding.weight': (rows, C)} | (
        {f'{name}.positions.weight': (CONTEXT, C)} if positions else {})
    transformer = config['encoder'] == 'transformer'
    all = inputs('source', V, transformer) | inputs('target', V + 1, transformer)
    all |= linear('posterior', C, 2 * D) | linear('bridge', D, C) | {'head.weight': (V, C), 'head.bias': (V,)}
    if transformer:
        for name in ('encoder', 'decoder'):
            all |= norm(f'{name}.0.ln_1') | norm(f'{name}.0.ln_2') | mlp(f'{name}.0.mlp') | norm(f'{name}.norm')
        for part in ('query', 'key', 'value', 'output'):
            all |= linear(f'encoder.0.attention.{part}', C, C)
        return all | linear('decoder.0.attn.c_attn', C, 3 * C) | linear('decoder.0.attn.c_proj', C, C)
    all |= gates('encoder.forward.0', 4) | gates('encoder.backward.0', 4) | linear('encoder.join', 2 * C, C)
    return all | gates('decoder.stack.0', 3) | {'decoder.stack.0.recurrent.bias': (C,)}


def formula(config):
    """Multiples of 1/256, which float32 holds."""
    parameters = {}
    for k, (name, shape) in enumerate(sorted(shapes(config).items())):
        values = [math.floor(128 * math.sin(1 + 0.7 * i + 1.3 * k) + 0.5) / 256 for i in range(math.prod(shape))]
        parameters[name] = torch.tensor(values, dtype=torch.float64).view(shape).requires_grad_()
    return parameters


def lstm(p, name, x):
    zero = torch.zeros(1, C, dtype=x.dtype)
    return make.lstm_layer(x, *(p[f'{name}.{part}'] for part in ('input.weight', 'recurrent.weight', 'bias')), zero, zero)[0]


def encoder(p, config, text):
    """One text, so that nothing is padded → (1, C)"""
    x = p['source.embedding.weight'][text].unsqueeze(0)
    if config['encoder'] != 'transformer':
        both = [lstm(p, 'encoder.forward.0', x), lstm(p, 'encoder.backward.0', x.flip(1)).flip(1)]
        return make.conv1d(torch.cat(both, 2), p, 'encoder.join').mean(1)
    x = x + p['source.positions.weight'][:len(text)]
    normed = make.layer_norm(x, p, 'encoder.0.ln_1')
    q, k, v = (make.conv1d(normed, p, f'encoder.0.attention.{part}').view(1, -1, config['heads'], C // config['heads']).transpose(1, 2)
               for part in ('query', 'key', 'value'))
    mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(1, -1, C)
    x = x + make.conv1d(mixed, p, 'encoder.0.attention.output')
    hidden = make.conv1d(make.layer_norm(x, p, 'encoder.0.ln_2'), p, 'encoder.0.mlp.c_fc')
    x = x + make.conv1d(F.gelu(hidden, approximate='tanh'), p, 'encoder.0.mlp.c_proj')
    return make.layer_norm(x, p, 'encoder.norm').mean(1)


def posterior(p, config, text):
    mean, log_variance = make.conv1d(encoder(p, config, text), p, 'posterior').chunk(2, dim=1)
    return Normal(mean, (log_variance / 2).exp())


def reconstruction(p, config, z, inputs, text):
    x = (p['target.embedding.weight'][inputs] + make.conv1d(z, p, 'bridge')).unsqueeze(0)
    if config['decoder'] == 'transformer':
        x = make.gpt_block(x + p['target.positions.weight'][:len(inputs)], p, 'decoder.0', config['heads'])
        x = make.layer_norm(x, p, 'decoder.norm')
    else:
        parts = ('input.weight', 'recurrent.weight', 'bias', 'recurrent.bias')
        x = make.gru_layer(x, *(p[f'decoder.stack.0.{part}'] for part in parts), torch.zeros(1, C, dtype=x.dtype))[0]
    logits = x[0] @ p['head.weight'].T + p['head.bias']
    return F.cross_entropy(logits, torch.tensor(text), reduction='sum')


def training_loss(p, config):
    T = max(len(text) for text in TEXTS)
    noise = normals(fold(KEY, NOISE), len(TEXTS), D)
    dropped = [u < config['wordDropout'] for u in uniforms(fold(KEY, WORDS), len(TEXTS) * T)]  # drawn for the first inputs, too
    nats, divergences = 0, []
    for b, text in enumerate(TEXTS):
        q = posterior(p, config, text)
        z = q.mean + q.stddev * noise[b]
        inputs = [END] + [V if dropped[b * T + t] else text[t - 1] for t in range(1, len(text))]
        divergences.append(kl_divergence(q, Normal(torch.zeros_like(z), torch.ones_like(z))))
        cost = divergences[-1].clamp(min=config['freeBits']).sum()
        nats = nats + reconstruction(p, config, z, inputs, text) + STEP / config['klAnnealSteps'] * cost
    free = (torch.cat(divergences) < config['freeBits']).sum()
    assert 0 < free < len(TEXTS) * D and any(dropped[t] for t in range(1, len(TEXTS[0])))
    return nats / sum(map(len, TEXTS))


def bounds(p, config):
    """Of −ln p: the evidence lower bound, with the divergence in closed form, and the importance-weighted one."""
    elbo, weighted = 0, 0
    for index, text in enumerate(TEXTS):
        q = posterior(p, config, text)
        prior = Normal(torch.zeros_like(q.mean), torch.ones_like(q.mean))
        losses, weights = [], []
        for sample in range(SAMPLES):
            z = q.mean + q.stddev * normals(key_for(0, 'latent', index, sample), D)
            losses.append(reconstruction(p, config, z, [END] + text[:-1], text))
            weights.append((prior.log_prob(z) - q.log_prob(z)).sum() - losses[-1])
        elbo += torch.stack(losses).mean() + kl_divergence(q, prior).sum()
        weighted -= torch.stack(weights).logsumexp(0) - math.log(SAMPLES)
    tokens = sum(map(len, TEXTS))
    return dict(loss=elbo / tokens, importanceLoss=weighted / tokens)


def main():
    shape = dict(arch='vae', vocabSize=V, end=END, bidirectional=True, layers=1, heads=2, latent=D, width=C,
                 context=CONTEXT, dropout=0) | WEIGHING
    models = {}
    for name, sides in dict(recurrent=('lstm', 'gru'), transformer=('transformer', 'transformer')).items():
        config = shape | dict(encoder=sides[0], decoder=sides[1])
        p = formula(config)
        loss = training_loss(p, config)
        gradients = dict(zip(p, torch.autograd.grad(loss, list(p.values()))))
        models[name] = dict(config=config, loss=loss, gradients=gradients, bounds=bounds(p, config))
    make.write('vae', dict(texts=TEXTS, key=list(KEY), step=STEP, samples=SAMPLES) | models)


if __name__ == '__main__':
    main()
