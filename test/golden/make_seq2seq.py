# Writes seq2seq.json: what PyTorch computes, in float64, for small sequence-to-sequence models of every encoder, decoder and
# attention. Each pair is read alone, at its own length, so that nothing here knows of padding.
# Run: python3 test/golden/make_seq2seq.py (needs torch)
import math

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

from make import conv1d, gated_conv, layer_norm, plain, relative_error, torch_weights, write

IGNORED = -1
KERNEL, DILATION_CYCLE = 3, 4  # the CNN's defaults
SHARED = dict(arch='seq2seq', vocabSize=7, sourceVocabSize=9, end=0, bidirectional=True, layers=1, heads=2, width=8, context=8,
              dropout=0, coverage=0, labelSmoothing=0, teacherForcing=1, ctcWeight=0)
# What stands in the padding is arbitrary: sources of 4, 6 and 1 tokens, targets of 3, 5 and 2.
LENGTHS = torch.tensor([4, 6, 1])
SOURCES = torch.tensor([[3, 8, 1, 3, 7, 2], [5, 0, 2, 8, 4, 6], [4, 1, 1, 0, 8, 5]])
INPUTS = torch.tensor([[0, 4, 2, 6, 3], [0, 1, 1, 5, 3], [0, 6, 2, 2, 1]])
TARGETS = torch.tensor([[4, 2, 0, IGNORED, IGNORED], [1, 1, 5, 3, 0], [6, 0, IGNORED, IGNORED, IGNORED]])


# The parameters. Their values are not stored: whole numbers make them, the same in any language.

def formula(name, size):
    """`size` multiples of 1/128 from -1 to 1, which depend on the name."""
    code = 0
    for character in name:
        code = (code * 31 + ord(character)) % 65521
    i = torch.arange(size)
    return ((code + (1 + code // 257) * i + 7 * i * i) % 257 - 128).double() / 128


class Parameters(dict):
    """Each is made when it is first used; a norm's scale is around 1."""

    def __init__(self, dtype):
        self.dtype = dtype

    def use(self, name, *shape):
        if name not in self:
            is_scale = name.endswith('.weight') and name.split('.')[-2].startswith(('norm', 'ln_', 'LayerNorm'))
            values = formula(name, math.prod(shape)) + (1 if is_scale else 0)
            self[name] = values.view(shape).to(self.dtype).requires_grad_()
        return self[name]

    def linear(self, name, x, outputs):
        self.use(f'{name}.weight', x.shape[-1], outputs), self.use(f'{name}.bias', outputs)
        return conv1d(x, self, name)

    def norm(self, name, x):
        self.use(f'{name}.weight', x.shape[-1]), self.use(f'{name}.bias', x.shape[-1])
        return layer_norm(x, self, name)


def run_module(module, state, *inputs, **options):
    """One of torch's modules with these weights, of which gradients can be taken."""
    assert set(state) == set(dict(module.named_parameters())), state.keys()
    return functional_call(module.to(inputs[0].dtype), state, inputs, options)


# What reads and writes: x is (1, T, C) throughout.

def stack(p, name, kind, layers, x):
    if kind == 'cnn':
        return conv_stack(p, name, layers, x)
    gates, width = dict(rnn=1, gru=3, lstm=4)[kind], x.shape[2]
    state = {}
    for n in range(layers):
        matrices = [p.use(f'{name}.{n}.{part}.weight', width, gates * width) for part in ('input', 'recurrent')]
        bias = p.use(f'{name}.{n}.bias', gates * width)
        second = p.use(f'{name}.{n}.recurrent.bias', width) if kind == 'gru' else None
        state |= {f'{theirs}_l{n}': value for theirs, value in torch_weights(*matrices, bias, second).items()}
    module = dict(rnn=nn.RNN, gru=nn.GRU, lstm=nn.LSTM)[kind](width, width, layers, batch_first=True)
    return run_module(module, state, x)[0]


def conv_stack(p, name, layers, x):
    width = x.shape[2]
    for n in range(layers):
        weight = p.use(f'{name}.{n}.conv.weight', KERNEL * width, 2 * width)
        bias = p.use(f'{name}.{n}.conv.bias', 2 * width)
        x = x + gated_conv(p.norm(f'{name}.{n}.norm', x), weight, bias, 2 ** (n % DILATION_CYCLE))
    return p.norm(f'{name}.norm', x)


def mlp(p, name, x):
    return p.linear(f'{name}.c_proj', F.gelu(p.linear(f'{name}.c_fc', x, 4 * x.shape[2]), approximate='tanh'), x.shape[2])


def multihead_state(p, name, width, prefix=''):
    """The four products of an attention as nn.MultiheadAttention has them."""
    parts = ('query', 'key', 'value')
    weights = [p.use(f'{name}.{part}.weight', width, width) for part in parts]
    biases = [p.use(f'{name}.{part}.bias', width) for part in parts]
    return {f'{prefix}in_proj_weight': torch.cat([weight.T for weight in weights]), f'{prefix}in_proj_bias': torch.cat(biases),
            f'{prefix}out_proj.weight': p.use(f'{name}.output.weight', width, width).T,
            f'{prefix}out_proj.bias': p.use(f'{name}.output.bias', width)}


def block_state(p, name, width, norms, attentions):
    """The weights of one of torch's Transformer layers, whose norms are `norms` in order."""
    linears = {}
    for theirs, ours, inputs, outputs in (('linear1', 'c_fc', width, 4 * width), ('linear2', 'c_proj', 4 * width, width)):
        linears[f'{theirs}.weight'] = p.use(f'{name}.mlp.{ours}.weight', inputs, outputs).T
        linears[f'{theirs}.bias'] = p.use(f'{name}.mlp.{ours}.bias', outputs)
    return attentions | linears | {f'norm{1 + n}.{part}': p.use(f'{name}.{norm}.{part}', width)
                                   for n, norm in enumerate(norms) for part in ('weight', 'bias')}


def transformer_layer(kind, config):
    return kind(config['width'], config['heads'], 4 * config['width'], dropout=0, batch_first=True, norm_first=True,
                activation=lambda hidden: F.gelu(hidden, approximate='tanh'))


def encode(p, config, x):
    """→ states (1, S, C), summary (1, C)"""
    kind, layers, width = config['encoder'], config['layers'], config['width']
    if kind == 'transformer':
        for n in range(layers):
            attention = multihead_state(p, f'encoder.{n}.attention', width, 'self_attn.')
            state = block_state(p, f'encoder.{n}', width, ('ln_1', 'ln_2'), attention)
            x = run_module(transformer_layer(nn.TransformerEncoderLayer, config), state, x)
        x = p.norm('encoder.norm', x)
        return x, x.mean(1)
    forward = stack(p, 'encoder.forward', kind, layers, x)
    if not config['bidirectional']:
        return forward, forward[:, -1]
    backward = stack(p, 'encoder.backward', kind, layers, x.flip(1)).flip(1)
    ends = torch.cat([forward[:, -1], backward[:, 0]], 1)  # each direction's last
    return p.linear('encoder.join', torch.cat([forward, backward], 2), width), p.linear('encoder.join', ends, width)


# Attention: queries (1, T, C), states (1, S, C) → context (1, T, C), weights (H, T, S), what was looked at again (T).

def attend(p, name, config, queries, states):
    kind, width, covers = config['attention'], config['width'], config['coverage'] > 0
    heads = config['heads'] if kind == 'multihead' else 1
    split = lambda x: x[0].view(-1, heads, width // heads).transpose(0, 1)  # (H, T, D)
    if kind == 'additive':  # Bahdanau et al. 2015, appendix A.1.2
        asked, keys = p.linear(f'{name}.query', queries, width)[0], p.linear(f'{name}.key', states, width)[0]
        score = p.use(f'{name}.score.weight', width, 1)
        # See et al. 2017, equation 11: coverage has a weight vector of its own in the sum.
        seen = lambda coverage: coverage[0, :, None] * p.use(f'{name}.coverage.weight', width)
        scores_of = lambda t, coverage: ((asked[t] + keys + (seen(coverage) if covers else 0)).tanh() @ score).T
    else:
        products = kind == 'multihead'
        asked, keys = (split(p.linear(f'{name}.{part}', x, width) if products else x)
                       for part, x in (('query', queries), ('key', states)))
        seen = lambda coverage: coverage * p.use(f'{name}.coverage.weight', heads)[:, None]
        scores_of = lambda t, coverage: ((keys @ asked[:, t, :, None])[..., 0] / math.sqrt(width // heads)
                                         + (seen(coverage) if covers else 0))
    values = split(p.linear(f'{name}.value', states, width) if kind == 'multihead' else states)

    coverage = torch.zeros(heads, states.shape[1], dtype=p.dtype)
    weights, repeated = [], []
    for t in range(queries.shape[1]):
        weights.append(scores_of(t, coverage).softmax(-1))  # (H, S)
        repeated.append(torch.minimum(weights[-1], coverage).sum(-1).mean())  # equation 12
        coverage = coverage + weights[-1]
    weights = torch.stack(weights, 1)
    context = (weights @ values).transpose(0, 1).reshape(1, -1, width)
    if kind == 'multihead':
        context = p.linear(f'{name}.output', context, width)
    check_attention(p, name, config, queries, states, context, weights)
    return context, weights, torch.stack(repeated)


def check_attention(p, name, config, queries, states, context, weights):
    """The same by torch's own, where it has it."""
    if config['coverage'] > 0 or config['attention'] == 'additive':
        return
    if config['attention'] == 'dot':
        theirs = F.scaled_dot_product_attention(queries, states, states)
    else:
        module = nn.MultiheadAttention(config['width'], config['heads'], batch_first=True)
        state = multihead_state(p, name, config['width'])
        theirs, their_weights = run_module(module, state, queries, states, states, average_attn_weights=False)
        check(p, weights, their_weights[0])
    check(p, context, theirs)


def check(p, ours, theirs):
    assert relative_error(ours, theirs) < (1e-12 if p.dtype == torch.float64 else 1e-5)


def decode(p, config, x, states):
    """→ hidden (1, T, C), what each attention saw"""
    kind, layers, width, looks = config['decoder'], config['layers'], config['width'], []

    def look(name, queries):
        context, *look = attend(p, name, config, queries, states)
        looks.append(look)
        return context

    if kind != 'transformer':
        hidden = stack(p, 'decoder.stack', kind, layers, x)
        if config['attention'] == 'none':
            return hidden, looks
        # Luong et al. 2015, equation 5.
        joined = torch.cat([look('decoder.attention', hidden), hidden], 2)
        return p.linear('decoder.combine', joined, width), looks
    for n in range(layers):
        name, before = f'decoder.{n}', x
        x = x + self_attention(p, f'{name}.attn', config, p.norm(f'{name}.ln_1', x))
        if config['attention'] != 'none':
            x = x + look(f'{name}.cross', p.norm(f'{name}.ln_cross', x))
        x = x + mlp(p, f'{name}.mlp', p.norm(f'{name}.ln_2', x))
        check_block(p, name, config, before, states, x)
    return p.norm('decoder.norm', x), looks


def future(x):
    return torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)


def causal_state(p, name, width, prefix=''):
    """GPT-2's packed product as nn.MultiheadAttention has it."""
    return {f'{prefix}in_proj_weight': p.use(f'{name}.c_attn.weight', width, 3 * width).T,
            f'{prefix}in_proj_bias': p.use(f'{name}.c_attn.bias', 3 * width),
            f'{prefix}out_proj.weight': p.use(f'{name}.c_proj.weight', width, width).T,
            f'{prefix}out_proj.bias': p.use(f'{name}.c_proj.bias', width)}


def self_attention(p, name, config, x):
    module = nn.MultiheadAttention(config['width'], config['heads'], batch_first=True)
    return run_module(module, causal_state(p, name, config['width']), x, x, x, attn_mask=future(x))[0]


def check_block(p, name, config, x, states, outputs):
    """The same by torch's own, which has attention of several heads alone."""
    if config['coverage'] > 0 or config['attention'] != 'multihead':
        return
    width = config['width']
    attentions = causal_state(p, f'{name}.attn', width, 'self_attn.') | multihead_state(p, f'{name}.cross', width, 'multihead_attn.')
    state = block_state(p, name, width, ('ln_1', 'ln_cross', 'ln_2'), attentions)
    layer = transformer_layer(nn.TransformerDecoderLayer, config)
    check(p, outputs, run_module(layer, state, x, states, tgt_mask=future(x)))


# A whole model.

def embed(p, name, kind, config, vocab_size, ids):
    x = p.use(f'{name}.embedding.weight', vocab_size, config['width'])[ids]
    if kind in ('cnn', 'transformer'):
        x = x + p.use(f'{name}.positions.weight', config['context'], config['width'])[:len(ids)]
    return x[None]


def run_pair(p, config, source, inputs):
    """→ logits (T, V), CTC's log-probabilities (S, 1, V + 1) or nothing, what each attention saw"""
    states, summary = encode(p, config, embed(p, 'source', config['encoder'], config, config['sourceVocabSize'], source))
    x = embed(p, 'target', config['decoder'], config, config['vocabSize'], inputs)
    hidden, looks = decode(p, config, x + p.linear('bridge', summary, config['width'])[:, None], states)
    head = p.use('head.weight', config['vocabSize'], config['width'])
    return hidden[0] @ head.T + p.use('head.bias', config['vocabSize']), align(p, config, states[0]), looks


def align(p, config, states):
    if config['ctcWeight'] == 0:
        return None
    outputs = config['vocabSize'] + 1
    scores = states @ p.use('ctc.weight', outputs, config['width']).T + p.use('ctc.bias', outputs)
    return scores.log_softmax(-1)[:, None]


def ctc_loss(config, aligned):
    """The mean over all tokens of the targets but their ends."""
    targets = [target[(target != IGNORED)][:-1] for target in TARGETS]
    nats = [F.ctc_loss(log_probs, target[None], length[None], torch.tensor([len(target)]), blank=config['vocabSize'], reduction='sum')
            for log_probs, target, length in zip(aligned, targets, LENGTHS)]
    return sum(nats) / sum(len(target) for target in targets)


def run(config, dtype=torch.float64):
    p = Parameters(dtype)
    pairs = [run_pair(p, config, source[:length], inputs) for source, length, inputs in zip(SOURCES, LENGTHS, INPUTS)]
    logits, looks = torch.stack([logits for logits, _, _ in pairs]), [looks for _, _, looks in pairs]
    loss_of = lambda smoothing: F.cross_entropy(logits.flatten(0, 1), TARGETS.flatten(), ignore_index=IGNORED, label_smoothing=smoothing)
    training_loss = loss_of(config['labelSmoothing'])
    if config['coverage'] > 0:
        blocks = [torch.stack([repeated for _, repeated in block]) for block in zip(*looks)]  # (B, T) each
        training_loss = training_loss + config['coverage'] * torch.stack(blocks)[:, TARGETS != IGNORED].mean()
    weight = config['ctcWeight']
    if weight > 0:
        training_loss = (1 - weight) * training_loss + weight * ctc_loss(config, [aligned for _, aligned, _ in pairs])
    gradients = torch.autograd.grad(training_loss, list(p.values()))
    length = SOURCES.shape[1]
    attention = [F.pad(pair[-1][0].mean(0), (0, length - pair[-1][0].shape[2])) for pair in looks if pair]
    summaries = {name: [float(gradient.flatten() @ formula(f'{name} direction', gradient.numel()).to(dtype)), float(gradient.norm())]
                 for name, gradient in sorted(zip(p, gradients))}
    return dict(logits=logits, loss=loss_of(0), trainingLoss=training_loss, gradients=summaries,
                **(dict(attention=torch.stack(attention)) if attention else {}))


def case(encoder, decoder, attention, **more):
    own = dict(encoder=encoder, decoder=decoder, attention=attention) | more
    truth, single = (run(SHARED | own, dtype) for dtype in (torch.float64, torch.float32))
    print(own, f"float32 against float64: logits {relative_error(single['logits'], truth['logits']):.1e}")
    return plain(dict(config=own) | truth)


def main():
    torch.set_num_threads(1)
    write('seq2seq', dict(
        shared=SHARED, lengths=LENGTHS, sources=SOURCES, inputs=INPUTS, targets=TARGETS,
        cases=[
            case('gru', 'gru', 'multihead', layers=2),
            case('rnn', 'rnn', 'additive'),
            case('lstm', 'lstm', 'dot', layers=2),
            case('cnn', 'cnn', 'multihead', layers=2),
            case('transformer', 'transformer', 'multihead', layers=2),
            case('gru', 'gru', 'none'),
            case('transformer', 'transformer', 'none'),
            case('lstm', 'gru', 'additive', coverage=0.5),
            case('rnn', 'lstm', 'dot', coverage=1),
            case('gru', 'rnn', 'multihead', coverage=0.25, layers=2),
            case('transformer', 'transformer', 'multihead', coverage=1, layers=2),
            case('cnn', 'transformer', 'additive', coverage=0.5, labelSmoothing=0.1),
            case('transformer', 'cnn', 'dot', labelSmoothing=0.2),
            case('lstm', 'transformer', 'dot', bidirectional=False, layers=2),
            case('cnn', 'lstm', 'additive', bidirectional=False, layers=2),
            case('gru', 'gru', 'dot', ctcWeight=0.3),
            case('transformer', 'transformer', 'multihead', ctcWeight=0.5, coverage=0.5),
        ]))


if __name__ == '__main__':
    main()
