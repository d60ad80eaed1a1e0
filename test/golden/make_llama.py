# Writes llama.json and its variants: what PyTorch computes, in float64, for small models of the Llama family, each with other
# switches. What transformers has a class for is checked against it. Run: python3 test/golden/make_llama.py (torch, transformers)
import math

import torch
from torch.nn import functional as F
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

from make import CONTEXT, VOCAB, Source, make_model, relative_error

BASE = dict(arch='llama', vocabSize=VOCAB, context=CONTEXT, layers=2, heads=4, kvHeads=2, headSize=6, width=20, mlpWidth=32, dropout=0,
            activation='swiglu', norm='rms', normEpsilon=1e-5, positions='rope', ropeTheta=100, ropeScaling='none', qkNorm=False,
            qkvBias=False, tiedHead=True, softcap=0)
PROJECTIONS = ('q_proj', 'k_proj', 'v_proj')


def parameters_of(source, config):
    width, size, inner = config['width'], config['headSize'], config['mlpWidth']
    gated = config['activation'] in ('swiglu', 'geglu')
    shapes = {'embed_tokens.weight': (VOCAB, width)}
    if config['positions'] == 'learned':
        shapes['embed_positions.weight'] = (CONTEXT, width)

    def norm(name):
        shapes[f'{name}.weight'] = (width,)
        if config['norm'] == 'layer':
            shapes[f'{name}.bias'] = (width,)

    for n in range(config['layers']):
        at = f'layers.{n}'
        norm(f'{at}.input_layernorm')
        for name, heads in zip(PROJECTIONS, (config['heads'], config['kvHeads'], config['kvHeads'])):
            shapes[f'{at}.self_attn.{name}.weight'] = (width, heads * size)
            if config['qkvBias']:
                shapes[f'{at}.self_attn.{name}.bias'] = (heads * size,)
        if config['qkNorm']:
            shapes |= {f'{at}.self_attn.{name}.weight': (size,) for name in ('q_norm', 'k_norm')}
        shapes[f'{at}.self_attn.o_proj.weight'] = (config['heads'] * size, width)
        norm(f'{at}.post_attention_layernorm')
        shapes |= {f'{at}.mlp.{name}.weight': (width, inner) for name in (['gate_proj'] if gated else []) + ['up_proj']}
        shapes[f'{at}.mlp.down_proj.weight'] = (inner, width)
    norm('norm')
    if not config['tiedHead']:
        shapes['lm_head.weight'] = (VOCAB, width)
    return {name: source.normal(*shape, mean=1.0 if 'norm.weight' in name else 0.0) for name, shape in shapes.items()}


def norm(x, p, name, config):
    if config['norm'] == 'layer':
        return F.layer_norm(x, x.shape[-1:], p[f'{name}.weight'], p[f'{name}.bias'], config['normEpsilon'])
    return F.rms_norm(x, x.shape[-1:], p[f'{name}.weight'], config['normEpsilon'])


def frequencies(config):
    """Llama 3's scaling: a wavelength is kept, divided by the factor, or between the two, by how often it turns in the original context."""
    size = config['headSize']
    inverse = 1 / config['ropeTheta'] ** (torch.arange(0, size, 2, dtype=torch.float64) / size)
    if config['ropeScaling'] == 'none':
        return inverse
    factor, low, high, original = (float(number) for number in config['ropeScaling'].split(':')[1:])
    wavelength = 2 * math.pi / inverse
    smooth = (original / wavelength - low) / (high - low)
    between = (1 - smooth) * inverse / factor + smooth * inverse
    return torch.where(wavelength > original / low, inverse / factor, torch.where(wavelength < original / high, inverse, between))


def rope(x, config):
    """x (B, H, T, D)"""
    angles = torch.outer(torch.arange(x.shape[2], dtype=torch.float64), frequencies(config)).to(x.dtype)
    cos, sin = (torch.cat([turn, turn], -1) for turn in (angles.cos(), angles.sin()))
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


def attention(x, p, name, config):
    def heads(projection):
        y = x @ p[f'{name}.{projection}.weight']
        if config['qkvBias']:
            y = y + p[f'{name}.{projection}.bias']
        return y.unflatten(2, (-1, config['headSize'])).transpose(1, 2)  # (B, H, T, D)

    q, k, v = (heads(projection) for projection in PROJECTIONS)
    if config['qkNorm']:
        q, k = (F.rms_norm(y, y.shape[-1:], p[f'{name}.{part}.weight'], config['normEpsilon'])
                for y, part in ((q, 'q_norm'), (k, 'k_norm')))
    if config['positions'] == 'rope':
        q, k = rope(q, config), rope(k, config)
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    return mixed.transpose(1, 2).flatten(2) @ p[f'{name}.o_proj.weight']


def mlp(x, p, name, config):
    up = x @ p[f'{name}.up_proj.weight']
    gelu = lambda y: F.gelu(y, approximate='tanh')
    wide = {'swiglu': lambda: F.silu(x @ p[f'{name}.gate_proj.weight']) * up, 'geglu': lambda: gelu(x @ p[f'{name}.gate_proj.weight']) * up,
            'relu2': lambda: F.relu(up) ** 2, 'gelu': lambda: gelu(up)}[config['activation']]()
    return wide @ p[f'{name}.down_proj.weight']


def logits_of(p, config, tokens):
    x = p['embed_tokens.weight'][tokens]
    if config['positions'] == 'learned':
        x = x + p['embed_positions.weight'][:tokens.shape[1]]
    for n in range(config['layers']):
        at = f'layers.{n}'
        x = x + attention(norm(x, p, f'{at}.input_layernorm', config), p, f'{at}.self_attn', config)
        x = x + mlp(norm(x, p, f'{at}.post_attention_layernorm', config), p, f'{at}.mlp', config)
    head = p['embed_tokens.weight'] if config['tiedHead'] else p['lm_head.weight']
    logits = norm(x, p, 'norm', config) @ head.T
    cap = config['softcap']
    return cap * torch.tanh(logits / cap) if cap else logits


def transformers_logits(p, config, tokens):
    kind, own = {(False, False): (LlamaForCausalLM, LlamaConfig), (False, True): (Qwen2ForCausalLM, Qwen2Config),
                 (True, False): (Qwen3ForCausalLM, Qwen3Config)}[config['qkNorm'], config['qkvBias']]
    rope_parameters = dict(rope_type='default', rope_theta=config['ropeTheta'])
    if config['ropeScaling'] != 'none':
        factor, low, high, original = (float(number) for number in config['ropeScaling'].split(':')[1:])
        rope_parameters |= dict(rope_type='llama3', factor=factor, low_freq_factor=low, high_freq_factor=high,
                                original_max_position_embeddings=int(original))
    model = kind(own(
        vocab_size=VOCAB, hidden_size=config['width'], intermediate_size=config['mlpWidth'], num_hidden_layers=config['layers'],
        num_attention_heads=config['heads'], num_key_value_heads=config['kvHeads'], head_dim=config['headSize'],
        max_position_embeddings=CONTEXT, hidden_act={'swiglu': 'silu', 'geglu': 'gelu_pytorch_tanh'}[config['activation']],
        rms_norm_eps=config['normEpsilon'], rope_parameters=rope_parameters, tie_word_embeddings=config['tiedHead'],
        attn_implementation='eager')).double()
    turned = {name: value.T if name.endswith('_proj.weight') else value for name, value in p.items()}
    state = {name if name.startswith('lm_head') else f'model.{name}': value for name, value in turned.items()}
    if config['tiedHead']:
        state['lm_head.weight'] = p['embed_tokens.weight']
    model.load_state_dict(state)
    return model(tokens).logits


def check(seed, config):
    """transformers computes norms, angles and the softmax in float32, whatever the model is in."""
    source = Source(seed)
    parameters, tokens = parameters_of(source, config), source.below(VOCAB, 2, CONTEXT)
    error = relative_error(transformers_logits(parameters, config, tokens), logits_of(parameters, config, tokens))
    assert error < 2e-6, (config, error)


def main():
    torch.set_num_threads(1)
    print('torch', torch.__version__)
    make_model('llama', 21, BASE, 4.9, parameters_of, logits_of, None)
    qwen3 = dict(qkNorm=True, activation='geglu', tiedHead=False, ropeScaling='llama3:8:1:4:16', headSize=8, kvHeads=1)
    make_model('llama-qwen3', 22, BASE | qwen3, 3.2, parameters_of, logits_of, None)
    qwen2 = dict(qkvBias=True, kvHeads=4, activation='gelu', headSize=4)
    for seed, switches in enumerate([dict(), qwen3, qwen2 | dict(activation='swiglu')]):
        check(seed, BASE | switches)
    make_model('llama-qwen2', 23, BASE | qwen2, 3.4, parameters_of, logits_of, None)
    ablated = dict(norm='layer', positions='learned', activation='relu2', tiedHead=False, softcap=3, headSize=3)
    make_model('llama-ablated', 24, BASE | ablated, 2.42, parameters_of, logits_of, None)


if __name__ == '__main__':
    main()
