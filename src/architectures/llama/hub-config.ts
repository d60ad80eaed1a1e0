// The config.json of a LlamaForCausalLM, and of those like it, as a configuration of ours; what cannot be computed is refused
// by its name.
import { z } from 'zod';
import { TsgptError } from '../../base/errors.ts';
import { writeScaling } from './frequencies.ts';

export const rope = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(), // as older files have it
  rope_theta: z.number().optional(),
  factor: z.number().optional(),
  low_freq_factor: z.number().optional(),
  high_freq_factor: z.number().optional(),
  original_max_position_embeddings: z.number().optional(),
});
type Rope = z.infer<typeof rope>;

export const hubSchema = z.looseObject({
  model_type: z.string(),
  vocab_size: z.int(),
  hidden_size: z.int(),
  intermediate_size: z.int(),
  num_hidden_layers: z.int(),
  num_attention_heads: z.int(),
  num_key_value_heads: z.int().nullish(),
  head_dim: z.int().nullish(),
  max_position_embeddings: z.int(),
  hidden_act: z.string().default('silu'),
  rms_norm_eps: z.number().default(1e-6),
  rope_theta: z.number().default(10_000),
  rope_scaling: rope.nullish(),
  rope_parameters: rope.nullish(),
  attention_dropout: z.number().default(0),
  tie_word_embeddings: z.boolean().default(false),
  sliding_window: z.number().nullish(),
  use_sliding_window: z.boolean().nullish(),
});
type HubConfig = z.infer<typeof hubSchema>;

/** What our Llama computes and such a config could say otherwise. */
const FIXED = {
  attention_bias: false,
  mlp_bias: false,
  rope_interleaved: false,
  partial_rotary_factor: 1,
  quantization_config: null,
} as const;

const ACTIVATIONS: Readonly<Record<string, string>> = { silu: 'swiglu', gelu_pytorch_tanh: 'geglu' };

/** Not yet checked against the schema of our configurations. */
export function parseHub(hub: HubConfig, file: string): object {
  refuseWhatDiffers(hub, file);
  const own = hub.rope_parameters ?? hub.rope_scaling ?? {};
  return {
    arch: 'llama',
    vocabSize: hub.vocab_size,
    context: contextOf(hub),
    layers: hub.num_hidden_layers,
    heads: hub.num_attention_heads,
    kvHeads: hub.num_key_value_heads ?? hub.num_attention_heads,
    headSize: hub.head_dim ?? hub.hidden_size / hub.num_attention_heads,
    width: hub.hidden_size,
    mlpWidth: hub.intermediate_size,
    dropout: hub.attention_dropout,
    activation: ACTIVATIONS[hub.hidden_act],
    norm: 'rms',
    normEpsilon: hub.rms_norm_eps,
    positions: 'rope',
    ropeTheta: own.rope_theta ?? hub.rope_theta,
    ropeScaling: scalingOf(own, file),
    qkNorm: hub.model_type === 'qwen3',
    qkvBias: hub.model_type === 'qwen2',
    localRope: 'none',
    sandwichNorm: false,
    normPlusOne: false,
    scaledEmbedding: false,
    tiedHead: hub.tie_word_embeddings,
    softcap: 0,
  };
}

function refuseWhatDiffers(hub: HubConfig, file: string): void {
  refuseOtherThan(FIXED, hub, file);
  if (!Object.hasOwn(ACTIVATIONS, hub.hidden_act)) throw unsupported(file, 'hidden_act', hub.hidden_act);
}

/** Where `fixed` has what our model computes, and a config says otherwise. */
export function refuseOtherThan(fixed: object, hub: Readonly<Record<string, unknown>>, file: string): void {
  for (const [key, wanted] of Object.entries(fixed)) {
    const got = hub[key] ?? wanted;
    if (got !== wanted) throw unsupported(file, key, got);
  }
}

/**
 * A window changes nothing where no text outgrows it: so the context ends with it, and attention needs to know of none.
 * Without a word of it a Mistral has one; a Qwen's may be there and unused.
 */
function contextOf(hub: HubConfig): number {
  const window = hub.sliding_window === undefined && hub.model_type === 'mistral' ? 4096 : hub.sliding_window;
  const used = hub.use_sliding_window ?? !hub.model_type.startsWith('qwen');
  return used && window ? Math.min(window, hub.max_position_embeddings) : hub.max_position_embeddings;
}

function scalingOf(rope: Rope, file: string): string {
  const type = rope.rope_type ?? rope.type ?? 'default';
  if (type === 'default') return 'none';
  if (type !== 'llama3') throw unsupported(file, 'rope_type', type);
  const read = (key: keyof Rope) => {
    const value = rope[key];
    if (typeof value === 'number') return value;
    throw new TsgptError(
      `${file}: expected ${String(key)} of rope_type llama3 to be a number, but got ${value}`,
    );
  };
  return writeScaling({
    factor: read('factor'),
    low: read('low_freq_factor'),
    high: read('high_freq_factor'),
    original: read('original_max_position_embeddings'),
  });
}

export function unsupported(file: string, key: string, value: unknown): TsgptError {
  return new TsgptError(
    `${file}: ${key} ${JSON.stringify(value)} is not supported`.replaceAll('"', ''),
    'tsgpt would compute something else than the model was trained to',
  );
}
