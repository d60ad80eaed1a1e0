// A BERT's checkpoint is one of Hugging Face's BertForMaskedLM. A DistilBertForMaskedLM is the same encoder under other names,
// without token types: it is read as a BERT whose only one adds nothing.
import { z } from 'zod';
import { TsgptError } from '../../base/errors.ts';
import { checked } from '../../base/json.ts';
import type { DiskForm } from '../architecture.ts';
import { type BertConfig, config } from './config.ts';
import { EMBEDDINGS, EPSILON, HEAD } from './parameters.ts';

const WORDS = `${EMBEDDINGS}.word_embeddings.weight`;
const TYPES = `${EMBEDDINGS}.token_type_embeddings.weight`;
const DECODER = `${HEAD}.decoder.weight`;

/** What is computed, or of another head; the output layer is the token embedding, and its bias that of the head. */
const NO_PARAMETERS =
  /^cls\.predictions\.decoder\.|\.position_ids$|^(bert\.)?pooler\.|^cls\.seq_relationship\./;

/** What our BERT computes and a BERT's config could say otherwise. */
const FIXED = {
  hidden_act: 'gelu',
  layer_norm_eps: EPSILON,
  position_embedding_type: 'absolute',
  is_decoder: false,
  add_cross_attention: false,
  tie_word_embeddings: true,
} as const;

/** The same of a DistilBERT's. */
const FIXED_DISTILLED = { activation: 'gelu', tie_weights_: true, tie_word_embeddings: true } as const;

const common = { vocab_size: z.int(), max_position_embeddings: z.int(), mask_token_id: z.int().nullish() };
const schema = z.looseObject({
  ...common,
  hidden_size: z.int(),
  num_hidden_layers: z.int(),
  num_attention_heads: z.int(),
  intermediate_size: z.int(),
  hidden_dropout_prob: z.number().default(0.1),
  type_vocab_size: z.int().default(2),
  whole_word_masking: z.boolean().default(false),
});
const distilledSchema = z.looseObject({
  ...common,
  dim: z.int(),
  n_layers: z.int(),
  n_heads: z.int(),
  hidden_dim: z.int(),
  dropout: z.number().default(0.1),
});

export const disk: DiskForm<BertConfig> = {
  modelTypes: ['bert', 'distilbert'],
  format: (model, endOfText = undefined) => ({
    model_type: 'bert',
    architectures: ['BertForMaskedLM'],
    vocab_size: model.vocabSize,
    hidden_size: model.width,
    num_hidden_layers: model.layers,
    num_attention_heads: model.heads,
    intermediate_size: 4 * model.width,
    max_position_embeddings: model.context,
    type_vocab_size: model.tokenTypes,
    hidden_dropout_prob: model.dropout,
    attention_probs_dropout_prob: model.dropout,
    initializer_range: 0.02,
    ...FIXED,
    pad_token_id: null,
    mask_token_id: model.mask,
    eos_token_id: endOfText ?? null,
    whole_word_masking: model.wholeWords,
    torch_dtype: 'float32',
  }),
  parse: (json, file) =>
    'model_type' in json && json.model_type === 'distilbert' ? parseDistilled(json, file) : parse(json, file),
  toDisk: (name) => name,
  fromDisk(stored) {
    const name = fromDistilled(stored)
      .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
      .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
    return NO_PARAMETERS.test(name) ? undefined : name;
  },
  isTurned: (name) => /\b(query|key|value|dense)\.weight$/.test(name),
  mayLack: (name) => name === TYPES,
  tied: () => [
    { stored: DECODER, parameter: WORDS },
    { stored: 'vocab_projector.weight', parameter: WORDS },
  ],
};

/** What DistilBERT calls the parts of a layer, and of the rest. */
const DISTILLED: readonly [theirs: RegExp, ours: string][] = [
  [/^distilbert\.embeddings\./, `${EMBEDDINGS}.`],
  [/^distilbert\.transformer\.layer\./, 'bert.encoder.layer.'],
  [/\.attention\.q_lin\./, '.attention.self.query.'],
  [/\.attention\.k_lin\./, '.attention.self.key.'],
  [/\.attention\.v_lin\./, '.attention.self.value.'],
  [/\.attention\.out_lin\./, '.attention.output.dense.'],
  [/\.sa_layer_norm\./, '.attention.output.LayerNorm.'],
  [/\.ffn\.lin1\./, '.intermediate.dense.'],
  [/\.ffn\.lin2\./, '.output.dense.'],
  [/\.output_layer_norm\./, '.output.LayerNorm.'],
  [/^vocab_transform\./, `${HEAD}.transform.dense.`],
  [/^vocab_layer_norm\./, `${HEAD}.transform.LayerNorm.`],
  [/^vocab_projector\.bias$/, `${HEAD}.bias`],
  [/^vocab_projector\.weight$/, DECODER],
];

function fromDistilled(name: string): string {
  return DISTILLED.reduce((named, [theirs, ours]) => named.replace(theirs, ours), name);
}

function parse(json: object, file: string): BertConfig {
  const bert = checked(json, schema, file);
  checkFixed(bert, { ...FIXED, intermediate_size: 4 * bert.hidden_size }, file);
  return modelOf(bert, file, {
    layers: bert.num_hidden_layers,
    heads: bert.num_attention_heads,
    width: bert.hidden_size,
    dropout: bert.hidden_dropout_prob,
    tokenTypes: bert.type_vocab_size,
    wholeWords: bert.whole_word_masking,
  });
}

function parseDistilled(json: object, file: string): BertConfig {
  const distilled = checked(json, distilledSchema, file);
  checkFixed(distilled, { ...FIXED_DISTILLED, hidden_dim: 4 * distilled.dim }, file);
  return modelOf(distilled, file, {
    layers: distilled.n_layers,
    heads: distilled.n_heads,
    width: distilled.dim,
    dropout: distilled.dropout,
    tokenTypes: 1,
    wholeWords: false,
  });
}

function checkFixed(
  json: Record<string, unknown>,
  fixed: Readonly<Record<string, unknown>>,
  file: string,
): void {
  for (const [key, wanted] of Object.entries(fixed)) {
    const got = json[key] ?? wanted;
    if (got === wanted) continue;
    throw new TsgptError(
      `${file} says ${key} ${JSON.stringify(got)}, but only ${JSON.stringify(wanted)} can be loaded`,
    );
  }
}

interface Common {
  vocab_size: number;
  max_position_embeddings: number;
  mask_token_id?: number | null | undefined;
}

function modelOf(
  json: Common,
  file: string,
  shape: Omit<BertConfig, 'arch' | 'vocabSize' | 'context' | 'mask'>,
): BertConfig {
  const { vocab_size: vocabSize, max_position_embeddings: context, mask_token_id: mask } = json;
  if (mask === undefined || mask === null)
    throw new TsgptError(
      `${file} does not say which token is the mask, and the tokenizer beside it has none called [MASK]`,
      'add it: "mask_token_id": <its id>',
    );
  return checked({ arch: 'bert', vocabSize, context, mask, ...shape }, config, file);
}
