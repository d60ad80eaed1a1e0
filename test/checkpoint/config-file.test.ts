import { describe, expect, it } from 'vitest';
import { formatConfig, parseConfig } from '../../src/architectures/config-file.ts';
import { ABLATED, LLAMA } from '../models/example.ts';
import { CNN, GPT, GRU, LSTM } from './example.ts';

/** As published with GPT-2 (124M), less what only its classification head uses. */
const PUBLISHED = {
  activation_function: 'gelu_new',
  architectures: ['GPT2LMHeadModel'],
  attn_pdrop: 0.1,
  bos_token_id: 50256,
  embd_pdrop: 0.1,
  eos_token_id: 50256,
  initializer_range: 0.02,
  layer_norm_epsilon: 1e-5,
  model_type: 'gpt2',
  n_ctx: 1024,
  n_embd: 768,
  n_head: 12,
  n_layer: 12,
  n_positions: 1024,
  resid_pdrop: 0.1,
  vocab_size: 50257,
};

const GPT2 = {
  arch: 'gpt',
  vocabSize: 50257,
  context: 1024,
  layers: 12,
  heads: 12,
  width: 768,
  dropout: 0.1,
} as const;

function parse(changes: object = {}): unknown {
  return parseConfig(JSON.stringify({ ...PUBLISHED, ...changes }), 'config.json');
}

describe('config.json', () => {
  it('reads and writes what was published with GPT-2', () => {
    expect(parse({ summary_type: 'cls_index' })).toEqual(GPT2);
    expect(formatConfig(GPT2, { endOfText: 50256 })).toMatchObject(PUBLISHED);
  });

  it.each([
    ['a GPT', GPT],
    ['a Llama', LLAMA],
    ['a Llama unlike any of Hugging Face', ABLATED],
    ['an LSTM', LSTM],
    ['an LSTM with peepholes', { ...LSTM, peepholes: true }],
    ['a GRU', GRU],
    ['an RNN', { ...GRU, arch: 'rnn' }],
    ['a CNN', CNN],
  ])('gives %s back', (_, model) => {
    expect(parseConfig(JSON.stringify(formatConfig(model)), 'config.json')).toEqual(model);
  });

  it('an LSTM that was stored before there were peepholes has none', () => {
    const { peepholes: _, ...before } = formatConfig(LSTM) as Record<string, unknown>;
    expect(parseConfig(JSON.stringify(before), 'config.json')).toEqual(LSTM);
  });

  it('says outright that a tokenizer has no end of text: else transformers would suppose 50256', () => {
    expect(formatConfig(GPT)).toMatchObject({ bos_token_id: null, eos_token_id: null });
  });

  it.each([
    [{ activation_function: 'relu' }, 'config.json says activation_function "relu", but only "gelu_new"'],
    [{ layer_norm_epsilon: 1e-6 }, 'layer_norm_epsilon 0.000001'],
    [{ tie_word_embeddings: false }, 'tie_word_embeddings false'],
    [{ scale_attn_weights: false }, 'scale_attn_weights false'],
    [{ scale_attn_by_inverse_layer_idx: true }, 'scale_attn_by_inverse_layer_idx true'],
    [{ add_cross_attention: true }, 'add_cross_attention true'],
    [{ n_inner: 100 }, 'n_inner 100, but only 3072'],
    [
      { model_type: 'mamba' },
      'model_type "mamba", but only gpt2 and llama and mistral and qwen2 and qwen3 and gemma3_text and tsgpt-llama and tsgpt-lstm and tsgpt-gru',
    ],
    [{ n_layer: '12' }, 'n_layer'],
    [{ n_head: 7 }, 'width must be a multiple of heads'],
    [{ vocab_size: 0 }, 'vocabSize'],
  ])('refuses %j', (changes, says) => {
    expect(() => parse(changes)).toThrow(says);
  });

  it('takes what means the same', () => {
    expect(parse({ n_inner: 3072, tie_word_embeddings: true, add_cross_attention: null })).toEqual(GPT2);
  });
});
