# Writes encoder-decoder.json: what transformers' EncoderDecoderModel, or one side of it, computes in float64 for small models whose
# encoder is a BERT or whose decoder is a GPT-2 with cross-attention. Pairs, weights and the other sides are make_seq2seq.py's.
# Run: python3 test/golden/make_encoder_decoder.py (needs torch and transformers)
import torch
from torch.func import functional_call
from transformers import BertConfig, BertModel, EncoderDecoderModel, GPT2Config, GPT2LMHeadModel

import make_seq2seq as pairs
from make import plain, relative_error, write

CROSS = 'crossattention'
IS_TURNED = ('query.weight', 'key.weight', 'value.weight', 'dense.weight')  # (out, in) where we have (in, out)


class Parameters(pairs.Parameters):
    """Those of cross-attention are packed as GPT-2's."""

    def linear(self, name, x, outputs):
        path, _, part = name.rpartition('.')
        if not path.endswith(CROSS):
            return super().linear(name, x, outputs)
        if part in ('key', 'value'):
            return super().linear(f'{path}.c_attn', x, 2 * outputs).split(outputs, -1)[part == 'value']
        return super().linear(f'{path}.{dict(query="q_attn", output="c_proj")[part]}', x, outputs)


def state_of(p, module, name_of):
    """The module's state, of our parameters."""
    state = {}
    for theirs, parameter in module.named_parameters():
        shape = parameter.shape
        state[theirs] = p.use(name_of(theirs), *reversed(shape)).T if theirs.endswith(IS_TURNED) else p.use(name_of(theirs), *shape)
    return state


def bert(config):
    return BertModel(BertConfig(
        vocab_size=config['sourceVocabSize'], max_position_embeddings=config['context'], hidden_size=config['width'],
        num_hidden_layers=config['layers'], num_attention_heads=config['heads'], intermediate_size=4 * config['width'],
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, type_vocab_size=1, pad_token_id=None), add_pooling_layer=False)


def gpt(config):
    return GPT2LMHeadModel(GPT2Config(
        vocab_size=config['vocabSize'], n_positions=config['context'], n_embd=config['width'], n_layer=config['layers'],
        n_head=config['heads'], resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, add_cross_attention=True, bos_token_id=None, eos_token_id=None,
        attn_implementation='eager'))


def of_bert(name):
    return name.replace('embeddings.', 'source.', 1) if name.startswith('embeddings.') else name


def of_gpt(name):
    name = name.removeprefix('transformer.')
    return f'target.{name}' if name.startswith(('wte.', 'wpe.')) else f'decoder.{name}'


def call(module, state, dtype, **inputs):
    return functional_call(module.to(dtype).eval(), state, (), inputs)


def encode(p, config, source):
    """→ states (1, S, C), summary (1, C)"""
    if config['encoder'] != 'bert':
        x = pairs.embed(p, 'source', config['encoder'], config, config['sourceVocabSize'], source)
        return pairs.encode(p, config, x)
    module = bert(config)
    states = call(module, state_of(p, module, of_bert), p.dtype, input_ids=source[None]).last_hidden_state
    return states, states.mean(1)


def decode_gpt(p, config, states, inputs):
    """With coverage, of which transformers has none → logits (T, V), what each attention saw"""
    x, looks = (p.use('target.wte.weight', config['vocabSize'], config['width'])[inputs]
                + p.use('target.wpe.weight', config['context'], config['width'])[:len(inputs)])[None], []
    for n in range(config['layers']):
        name = f'decoder.h.{n}'
        x = x + pairs.self_attention(p, f'{name}.attn', config, p.norm(f'{name}.ln_1', x))
        context, *look = pairs.attend(p, f'{name}.{CROSS}', config, p.norm(f'{name}.ln_cross_attn', x), states)
        looks.append(look)
        x = x + context
        x = x + pairs.mlp(p, f'{name}.mlp', p.norm(f'{name}.ln_2', x))
    return p.norm('decoder.ln_f', x)[0] @ p['target.wte.weight'].T, looks


def their_gpt(p, config, states, source, inputs):
    module = gpt(config)
    state = state_of(p, module, of_gpt)
    result = call(module, state, p.dtype, input_ids=inputs[None], encoder_hidden_states=states, output_attentions=True)
    if config['encoder'] == 'bert':  # the same, both sides at once
        encoder = bert(config)
        both = EncoderDecoderModel(encoder=encoder, decoder=module)
        whole = {f'encoder.{name}': value for name, value in state_of(p, encoder, of_bert).items()}
        whole |= {f'decoder.{name}': value for name, value in state.items()}
        theirs = call(both, whole, p.dtype, input_ids=source[None], decoder_input_ids=inputs[None])
        pairs.check(p, result.logits, theirs.logits)
    return result.logits[0], [[weights[0]] for weights in result.cross_attentions]


def run_pair(p, config, source, inputs):
    """→ logits (T, V), nothing of CTC, what each attention saw"""
    states, summary = encode(p, config, source)
    if config['decoder'] == 'gpt' and config['coverage'] > 0:
        check_without_coverage(config, states.detach(), source, inputs, p.dtype)
        logits, looks = decode_gpt(p, config, states, inputs)
    elif config['decoder'] == 'gpt':
        logits, looks = their_gpt(p, config, states, source, inputs)
    else:
        x = pairs.embed(p, 'target', config['decoder'], config, config['vocabSize'], inputs)
        hidden, looks = pairs.decode(p, config, x + p.linear('bridge', summary, config['width'])[:, None], states)
        logits = hidden[0] @ p.use('head.weight', config['vocabSize'], config['width']).T + p.use('head.bias', config['vocabSize'])
    return logits, None, looks


def check_without_coverage(config, states, source, inputs, dtype):
    """Where coverage weighs nothing, ours is transformers'."""
    p = Parameters(dtype)
    for n in range(config['layers']):
        p.use(f'decoder.h.{n}.{CROSS}.coverage.weight', config['heads'])
        p[f'decoder.h.{n}.{CROSS}.coverage.weight'] = torch.zeros(config['heads'], dtype=dtype)
    ours, _ = decode_gpt(p, config, states, inputs)
    theirs, _ = their_gpt(p, config | dict(encoder='another'), states, source, inputs)
    pairs.check(p, ours, theirs)


def main():
    torch.set_num_threads(1)
    pairs.Parameters, pairs.run_pair = Parameters, run_pair
    case = pairs.case
    write('encoder-decoder', dict(
        shared=pairs.SHARED, lengths=pairs.LENGTHS, sources=pairs.SOURCES, inputs=pairs.INPUTS, targets=pairs.TARGETS,
        cases=[
            case('bert', 'gpt', 'multihead'),
            case('bert', 'gpt', 'multihead', coverage=0.5),
            case('gru', 'gpt', 'multihead', labelSmoothing=0.1, layers=2),
            case('rnn', 'gpt', 'multihead', coverage=1, layers=2),
            case('bert', 'lstm', 'additive'),
            case('bert', 'transformer', 'dot'),
        ]))


if __name__ == '__main__':
    main()
