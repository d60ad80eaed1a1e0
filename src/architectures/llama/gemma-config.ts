// The config.json of a Gemma3ForCausalLM as that of a Llama, and the parts that a Llama has not.
import { z } from 'zod';
import { checked } from '../../base/json.ts';
import type { LlamaConfig } from './config.ts';
import { refuseOtherThan, rope, unsupported } from './hub-config.ts';

const gemmaSchema = z.looseObject({
  num_hidden_layers: z.int(),
  num_attention_heads: z.int(),
  head_dim: z.int().default(256),
  hidden_activation: z.string().default('gelu_pytorch_tanh'),
  query_pre_attn_scalar: z.number().default(256),
  rope_theta: z.number().default(1e6),
  rope_local_base_freq: z.number().default(1e4),
  rope_scaling: rope.nullish(),
  rope_parameters: z
    .looseObject({ full_attention: rope.nullish(), sliding_attention: rope.nullish() })
    .nullish(),
  sliding_window: z.number().nullish().default(4096),
  sliding_window_pattern: z.int().positive().optional(),
  _sliding_window_pattern: z.int().positive().optional(),
  layer_types: z.array(z.string()).nullish(),
  tie_word_embeddings: z.boolean().default(true),
});

/** What our model computes and such a config could say otherwise. */
const FIXED = {
  final_logit_softcapping: null,
  attn_logit_softcapping: null,
  use_bidirectional_attention: false,
};

export function gemmaAsLlama(json: object, file: string): { hub: object; parts: Partial<LlamaConfig> } {
  const gemma = checked(json, gemmaSchema, file);
  refuseOtherThan(FIXED, gemma, file);
  if (gemma.query_pre_attn_scalar !== gemma.head_dim)
    throw unsupported(file, 'query_pre_attn_scalar', gemma.query_pre_attn_scalar);
  const { full_attention, sliding_attention } = gemma.rope_parameters ?? {};
  const type = sliding_attention?.rope_type ?? 'default';
  if (type !== 'default') throw unsupported(file, 'rope_type', type);
  const theta = sliding_attention?.rope_theta ?? gemma.rope_local_base_freq;
  return {
    hub: { ...gemma, hidden_act: gemma.hidden_activation, rope_parameters: full_attention },
    parts: {
      qkNorm: true,
      localRope: `${theta}:${everyOf(gemma, file)}`,
      sandwichNorm: true,
      normPlusOne: true,
      scaledEmbedding: true,
    },
  };
}

/** Every which block looks back at all of a text. */
function everyOf(gemma: z.infer<typeof gemmaSchema>, file: string): number {
  const { layer_types: types, num_hidden_layers: layers } = gemma;
  const pattern = gemma.sliding_window_pattern ?? gemma._sliding_window_pattern ?? 6;
  if (!types) return pattern;
  const every = types.includes('full_attention') ? types.indexOf('full_attention') + 1 : layers + 1;
  const isSo = (type: string, i: number) =>
    type === ((i + 1) % every === 0 ? 'full_attention' : 'sliding_attention');
  if (types.length === layers && types.every(isSo)) return every;
  throw unsupported(file, 'layer_types', 'in another order');
}
