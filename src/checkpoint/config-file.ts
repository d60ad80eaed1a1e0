// Our ModelConfig ↔ the config.json in a checkpoint. A GPT's is a Hugging Face GPT-2 config, an LSTM's is our own.
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { type GptConfig, type ModelConfig, modelSchema } from '../config/model.ts';

const LSTM_TYPE = 'tsgpt-lstm';

/** What our GPT computes and a GPT-2 config could say otherwise. */
const FIXED = {
  activation_function: 'gelu_new',
  layer_norm_epsilon: 1e-5,
  scale_attn_weights: true,
  scale_attn_by_inverse_layer_idx: false,
  add_cross_attention: false,
  tie_word_embeddings: true,
} as const;

export function formatConfig(model: ModelConfig, endOfText: number | undefined): object {
  return model.arch === 'gpt' ? formatGpt(model, endOfText ?? null) : { model_type: LSTM_TYPE, ...model };
}

/** generation_config.json, which Hugging Face's libraries want beside it. */
export function formatGeneration(endOfText: number | undefined): object {
  return { bos_token_id: endOfText ?? null, eos_token_id: endOfText ?? null };
}

function formatGpt(model: GptConfig, endOfText: number | null): object {
  return {
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
    bos_token_id: endOfText,
    eos_token_id: endOfText,
    use_cache: true,
    torch_dtype: 'float32',
  };
}

const typeSchema = z.looseObject({ model_type: z.string() });

const gptSchema = z.looseObject({
  vocab_size: z.int(),
  n_positions: z.int(),
  n_embd: z.int(),
  n_layer: z.int(),
  n_head: z.int(),
  n_inner: z.int().nullish(),
  resid_pdrop: z.number().default(0.1),
});

/** `file` is only named in errors. */
export function parseConfig(text: string, file: string): ModelConfig {
  const { model_type, ...own } = parseJson(text, typeSchema, file);
  if (model_type === LSTM_TYPE) return checked(own, file);
  if (model_type !== 'gpt2') {
    throw new TsgptError(
      `${file} says model_type ${JSON.stringify(model_type)}, but only gpt2 and ${LSTM_TYPE} can be loaded`,
    );
  }
  const gpt = parseJson(text, gptSchema, file);
  const unable = (key: string, wanted: unknown, got: unknown) =>
    new TsgptError(
      `${file} says ${key} ${JSON.stringify(got)}, but only ${JSON.stringify(wanted)} can be loaded`,
    );
  for (const [key, wanted] of Object.entries(FIXED)) {
    const got = gpt[key] ?? wanted;
    if (got !== wanted) throw unable(key, wanted, got);
  }
  const inner = 4 * gpt.n_embd;
  if ((gpt.n_inner ?? inner) !== inner) throw unable('n_inner', inner, gpt.n_inner);
  return checked(
    {
      arch: 'gpt',
      vocabSize: gpt.vocab_size,
      context: gpt.n_positions,
      layers: gpt.n_layer,
      heads: gpt.n_head,
      width: gpt.n_embd,
      dropout: gpt.resid_pdrop,
    },
    file,
  );
}

function checked(model: object, file: string): ModelConfig {
  return parseJson(JSON.stringify(model), modelSchema, file);
}
