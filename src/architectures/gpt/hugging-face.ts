// A GPT's checkpoint is one of Hugging Face's GPT2LMHeadModel: its config.json, and its names of tensors, which are those of
// parameters.ts behind a prefix.
import { z } from 'zod';
import { TsgptError } from '../../base/errors.ts';
import { checked } from '../../base/json.ts';
import type { DiskForm } from '../architecture.ts';
import { config, type GptConfig } from './config.ts';

const PREFIX = 'transformer.';
/** Attention's masks, which are computed, and the output layer, which is the token embedding. */
const NO_PARAMETERS = /^lm_head\.weight$|\.attn\.(bias|masked_bias)$/;

/** What our GPT computes and a GPT-2 config could say otherwise. */
const FIXED = {
  activation_function: 'gelu_new',
  layer_norm_epsilon: 1e-5,
  scale_attn_weights: true,
  scale_attn_by_inverse_layer_idx: false,
  add_cross_attention: false,
  tie_word_embeddings: true,
} as const;

const schema = z.looseObject({
  vocab_size: z.int(),
  n_positions: z.int(),
  n_embd: z.int(),
  n_layer: z.int(),
  n_head: z.int(),
  n_inner: z.int().nullish(),
  resid_pdrop: z.number().default(0.1),
});

export const disk: DiskForm<GptConfig> = {
  modelTypes: ['gpt2'],
  format: (model, endOfText = undefined) => ({
    model_type: 'gpt2',
    architectures: ['GPT2LMHeadModel'],
    vocab_size: model.vocabSize,
    n_positions: model.context,
    n_ctx: model.context,
    n_embd: model.width,
    n_layer: model.layers,
    n_head: model.heads,
    n_inner: null,
    resid_pdrop: model.dropout,
    embd_pdrop: model.dropout,
    attn_pdrop: model.dropout,
    initializer_range: 0.02,
    ...FIXED,
    bos_token_id: endOfText ?? null,
    eos_token_id: endOfText ?? null,
    use_cache: true,
    torch_dtype: 'float32',
  }),
  parse,
  toDisk: (name) => PREFIX + name,
  // The published GPT-2 files were saved without the prefix.
  fromDisk: (name) =>
    NO_PARAMETERS.test(name) ? undefined : name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name,
  tied: () => [{ stored: 'lm_head.weight', parameter: 'wte.weight' }],
};

function parse(json: object, file: string): GptConfig {
  const gpt = checked(json, schema, file);
  const inner = 4 * gpt.n_embd;
  for (const [key, wanted] of Object.entries({ ...FIXED, n_inner: inner })) {
    const got = gpt[key] ?? wanted;
    if (got === wanted) continue;
    throw new TsgptError(
      `${file} says ${key} ${JSON.stringify(got)}, but only ${JSON.stringify(wanted)} can be loaded`,
    );
  }
  const model = {
    arch: 'gpt',
    vocabSize: gpt.vocab_size,
    context: gpt.n_positions,
    layers: gpt.n_layer,
    heads: gpt.n_head,
    width: gpt.n_embd,
    dropout: gpt.resid_pdrop,
  };
  return checked(model, config, file);
}
