# Writes llama.json and its variants: what PyTorch computes, in float64, for small models of the Llama family, each with other
# switches. What transformers has a class for is checked against it. Run: python3 test/golden/make_llama.py (torch, transformers)
import math

import torch
from torch.nn import functional as F
from transformers import (Gemma3ForCausalLM, Gemma3TextConfig, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config,
                          Qwen3ForCausalLM)

from make import CONTEXT, VOCAB, Source, make_model, relative_error

BASE = dict(arch='llama', vocabSize=VOCAB, context=CONTEXT, layers=2, heads=4, kvHeads=2, headSize=6, width=20, mlpWidth=32, dropout=0,
            activation='swiglu', norm='rms', normEpsilon=1e-5, positions='rope', ropeTheta=100, ropeScaling='none', qkNorm=False,
            qkvBias=False, localRope='none', sandwichNorm=False, normPlusOne=False, scaledEmbedding=False, tiedHead=True, softcap=0)
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

    before, after, before_mlp, after_mlp = block_norms(config)
    for n in range(config['layers']):
        at = f'layers.{n}'
        norm(f'{at}.{before}')
        for name, heads in zip(PROJECTIONS, (config['heads'], config['kvHeads'], config['kvHeads'])):
            shapes[f'{at}.self_attn.{name}.weight'] = (width, heads * size)
            if config['qkvBias']:
                shapes[f'{at}.self_attn.{name}.bias'] = (heads * size,)
        if config['qkNorm']:
            shapes |= {f'{at}.self_attn.{name}.weight': (size,) for name in ('q_norm', 'k_norm')}
        shapes[f'{at}.self_attn.o_proj.weight'] = (config['heads'] * size, width)
        if after:
            norm(f'{at}.{after}')
        norm(f'{at}.{before_mlp}')
        shapes |= {f'{at}.mlp.{name}.weight': (width, inner) for name in (['gate_proj'] if gated else []) + ['up_proj']}
        shapes[f'{at}.mlp.down_proj.weight'] = (inner, width)
        if after_mlp:
            norm(f'{at}.{after_mlp}')
    norm('norm')
    if not config['tiedHead']:
        shapes['lm_head.weight'] = (VOCAB, width)
    scale = 0.0 if config['normPlusOne'] else 1.0
    return {name: source.normal(*shape, mean=scale if 'norm.weight' in name else 0.0) for name, shape in shapes.items()}


def block_norms(config):
    """The names of the norms before and after attention, and before and after the MLP."""
    if config['sandwichNorm']:
        return 'input_layernorm', 'post_attention_layernorm', 'pre_feedforward_layernorm', 'post_feedforward_layernorm'
    return 'input_layernorm', None, 'post_attention_layernorm', None


def rms_norm(x, weight, config):
    return F.rms_norm(x, x.shape[-1:], 1 + weight if config['normPlusOne'] else weight, config['normEpsilon'])


def norm(x, p, name, config):
    if config['norm'] == 'layer':
        return F.layer_norm(x, x.shape[-1:], p[f'{name}.weight'], p[f'{name}.bias'], config['normEpsilon'])
    return rms_norm(x, p[f'{name}.weight'], config)


def frequencies(config, layer):
    """Llama 3's scaling: a wavelength is kept, divided by the factor, or between the two, by how often it turns in the original context."""
    size = config['headSize']
    if config['localRope'] != 'none':
        theta, every = config['localRope'].split(':')
        if (layer + 1) % int(every):
            return 1 / float(theta) ** (torch.arange(0, size, 2, dtype=torch.float64) / size)
    inverse = 1 / config['ropeTheta'] ** (torch.arange(0, size, 2, dtype=torch.float64) / size)
    if config['ropeScaling'] == 'none':
        return inverse
    factor, low, high, original = (float(number) for number in config['ropeScaling'].split(':')[1:])
    wavelength = 2 * math.pi / inverse
    smooth = (original / wavelength - low) / (high - low)
    between = (1 - smooth) * inverse / factor + smooth * inverse
    return torch.where(wavelength > original / low, inverse / factor, torch.where(wavelength < original / high, inverse, between))


def rope(x, config, layer):
    """x (B, H, T, D)"""
    angles = torch.outer(torch.arange(x.shape[2], dtype=torch.float64), frequencies(config, layer)).to(x.dtype)
    cos, sin = (torch.cat([turn, turn], -1) for turn in (angles.cos(), angles.sin()))
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


def attention(x, p, name, config, layer):
    def heads(projection):
        y = x @ p[f'{name}.{projection}.weight']
        if config['qkvBias']:
            y = y + p[f'{name}.{projection}.bias']
        return y.unflatten(2, (-1, config['headSize'])).transpose(1, 2)  # (B, H, T, D)

    q, k, v = (heads(projection) for projection in PROJECTIONS)
    if config['qkNorm']:
        q, k = (rms_norm(y, p[f'{name}.{part}.weight'], config) for y, part in ((q, 'q_norm'), (k, 'k_norm')))
    if config['positions'] == 'rope':
        q, k = rope(q, config, layer), rope(k, config, layer)
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    return mixed.transpose(1, 2).flatten(2) @ p[f'{name}.o_proj.weight']


def mlp(x, p, name, config):
    up = x @ p[f'{name}.up_proj.weight']
    gelu = lambda y: F.gelu(y, approximate='tanh')
    wide = {'swiglu': lambda: F.silu(x @ p[f'{name}.gate_proj.weight']) * up, 'geglu': lambda: gelu(x @ p[f'{name}.gate_proj.weight']) * up,
            'relu2': lambda: F.relu(up) ** 2, 'gelu': lambda: gelu(up)}[config['activation']]()
    return wide @ p[f'{name}.down_proj.weight']


def logits_of(p, config, tokens):
    x = p['embed_tokens.weight'][tokens] * (math.sqrt(config['width']) if config['scaledEmbedding'] else 1)
    if config['positions'] == 'learned':
        x = x + p['embed_positions.weight'][:tokens.shape[1]]
    before, after, before_mlp, after_mlp = block_norms(config)
    for n in range(config['layers']):
        at = f'layers.{n}'
        y = attention(norm(x, p, f'{at}.{before}', config), p, f'{at}.self_attn', config, n)
        x = x + (norm(y, p, f'{at}.{after}', config) if after else y)
        y = mlp(norm(x, p, f'{at}.{before_mlp}', config), p, f'{at}.mlp', config)
        x = x + (norm(y, p, f'{at}.{after_mlp}', config) if after_mlp else y)
    head = p['embed_tokens.weight'] if config['tiedHead'] else p['lm_head.weight']
    logits = norm(x, p, 'norm', config) @ head.T
    cap = config['softcap']
    return cap * torch.tanh(logits / cap) if cap else logits


def transformers_logits(p, config, tokens):
    is_gemma = config['sandwichNorm']
    kind, own = (Gemma3ForCausalLM, Gemma3TextConfig) if is_gemma else {
        (False, False): (LlamaForCausalLM, LlamaConfig), (False, True): (Qwen2ForCausalLM, Qwen2Config),
        (True, False): (Qwen3ForCausalLM, Qwen3Config)}[config['qkNorm'], config['qkvBias']]
    activation = {'swiglu': 'silu', 'geglu': 'gelu_pytorch_tanh'}[config['activation']]
    rope_parameters = dict(rope_type='default', rope_theta=config['ropeTheta'])
    if config['ropeScaling'] != 'none':
        factor, low, high, original = (float(number) for number in config['ropeScaling'].split(':')[1:])
        rope_parameters |= dict(rope_type='llama3', factor=factor, low_freq_factor=low, high_freq_factor=high,
                                original_max_position_embeddings=int(original))
    own_parts = dict(hidden_act=activation)
    if is_gemma:
        theta, every = config['localRope'].split(':')
        rope_parameters = dict(full_attention=rope_parameters, sliding_attention=dict(rope_type='default', rope_theta=float(theta)))
        own_parts = dict(hidden_activation=activation, sliding_window=CONTEXT, sliding_window_pattern=int(every),
                         query_pre_attn_scalar=config['headSize'])
    model = kind(own(
        vocab_size=VOCAB, hidden_size=config['width'], intermediate_size=config['mlpWidth'], num_hidden_layers=config['layers'],
        num_attention_heads=config['heads'], num_key_value_heads=config['kvHeads'], head_dim=config['headSize'],
        max_position_embeddings=CONTEXT, **own_parts, rms_norm_eps=config['normEpsilon'], rope_parameters=rope_parameters, tie_word_embeddings=config['tiedHead'],
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
    gemma3 = dict(qkNorm=True, activation='geglu', kvHeads=1, localRope='10:2', sandwichNorm=True, normPlusOne=True, scaledEmbedding=True)
    for seed, switches in enumerate([dict(), qwen3, qwen2 | dict(activation='swiglu'), gemma3]):
        check(seed, BASE | switches)
    make_model('llama-qwen2', 23, BASE | qwen2, 3.4, parameters_of, logits_of, None)
    ablated = dict(norm='layer', positions='learned', activation='relu2', tiedHead=False, softcap=3, headSize=3)
    make_model('llama-ablated', 24, BASE | ablated, 2.42, parameters_of, logits_of, None)
    make_model('llama-gemma3', 25, BASE | gemma3, 2.4, parameters_of, logits_of, None)


if __name__ == '__main__':
    main()
