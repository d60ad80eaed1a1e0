// A Llama's checkpoint is one of Hugging Face's: LlamaForCausalLM, Qwen2ForCausalLM where queries, keys and values have biases,
// Qwen3ForCausalLM where queries and keys are normalised, Gemma3ForCausalLM where it has all the parts of that. What none of them
// computes has a form of our own, with the same names.
import { checked } from '../../base/json.ts';
import type { DiskForm } from '../architecture.ts';
import { ownDisk } from '../own-disk.ts';
import { config, type LlamaConfig } from './config.ts';
import { readLocal, readScaling } from './frequencies.ts';
import { gemmaAsLlama } from './gemma-config.ts';
import { hubSchema, parseHub } from './hub-config.ts';

const PREFIX = 'model.';
const HEAD = 'lm_head.weight';
const GEMMA = 'gemma3_text';
const own = ownDisk('llama', config);

export const disk: DiskForm<LlamaConfig> = {
  modelTypes: ['llama', 'mistral', 'qwen2', 'qwen3', GEMMA, ...own.modelTypes],
  format: (model, endOfText = undefined) =>
    unlikeHub(model) === undefined ? format(model, endOfText) : own.format(model, endOfText),
  parse: (json, file) => {
    if ('model_type' in json && own.modelTypes.includes(String(json.model_type)))
      return own.parse(json, file);
    const isGemma = 'model_type' in json && json.model_type === GEMMA;
    const { hub, parts } = isGemma ? gemmaAsLlama(json, file) : { hub: json, parts: {} };
    return checked({ ...parseHub(checked(hub, hubSchema, file), file), ...parts }, config, file);
  },
  toDisk: (name) => (name === HEAD ? name : PREFIX + name),
  // Angles of rotary positions, which some files store, are computed.
  fromDisk: (name) => {
    if (name.endsWith('.rotary_emb.inv_freq')) return undefined;
    return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
  },
  isTurned: (name) => name.endsWith('_proj.weight'),
  tied: ({ tiedHead }) => (tiedHead ? [{ stored: HEAD, parameter: 'embed_tokens.weight' }] : []),
};

/** What makes it a model that Hugging Face's libraries have no class for, if anything does. */
export function unlikeHub(model: LlamaConfig): string | undefined {
  if (model.positions === 'learned') return 'learned positions';
  if (model.norm === 'layer') return 'LayerNorm';
  if (model.activation === 'relu2' || model.activation === 'gelu')
    return `the activation ${model.activation}`;
  if (model.softcap > 0) return 'a cap on its logits';
  if (model.qkNorm && model.qkvBias) return 'both norms and biases of queries and keys';
  const { sandwichNorm, normPlusOne, scaledEmbedding, localRope, qkNorm, activation, ropeScaling } = model;
  const parts = [sandwichNorm, normPlusOne, scaledEmbedding, localRope !== 'none'];
  if (parts.some(Boolean)) {
    const isWhole = parts.every(Boolean) && qkNorm && activation === 'geglu';
    if (!isWhole) return 'some of Gemma 3’s parts without the others';
    if (ropeScaling !== 'none') return 'Gemma 3’s parts and scaled rotary positions';
  }
  if (!familyOf(model).startsWith('qwen') && model.width % model.heads !== 0)
    return 'a width that is no multiple of its heads';
  return undefined;
}

function format(model: LlamaConfig, endOfText: number | undefined): object {
  return {
    ...kindOf(model),
    vocab_size: model.vocabSize,
    hidden_size: model.width,
    intermediate_size: model.mlpWidth,
    num_hidden_layers: model.layers,
    num_attention_heads: model.heads,
    num_key_value_heads: model.kvHeads,
    head_dim: model.headSize,
    max_position_embeddings: model.context,
    hidden_act: model.activation === 'swiglu' ? 'silu' : 'gelu_pytorch_tanh',
    rms_norm_eps: model.normEpsilon,
    ...formatRope(model),
    attention_dropout: model.dropout,
    tie_word_embeddings: model.tiedHead,
    initializer_range: 0.02,
    bos_token_id: endOfText ?? null,
    eos_token_id: endOfText ?? null,
    use_cache: true,
    torch_dtype: 'float32',
  };
}

/** Whose model it is, where it is of one that others have. */
export function familyOf({ qkNorm, qkvBias, sandwichNorm }: LlamaConfig): Family {
  if (sandwichNorm) return 'gemma3';
  return qkNorm ? 'qwen3' : qkvBias ? 'qwen2' : 'llama';
}

export type Family = 'llama' | 'qwen2' | 'qwen3' | 'gemma3';

function kindOf(model: LlamaConfig): object {
  const window = { use_sliding_window: false, sliding_window: null };
  switch (familyOf(model)) {
    case 'qwen2':
      return { model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'], ...window };
    case 'qwen3':
      return { model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'], attention_bias: false, ...window };
    case 'gemma3':
      return {
        model_type: GEMMA,
        architectures: ['Gemma3ForCausalLM'],
        attention_bias: false,
        hidden_activation: 'gelu_pytorch_tanh',
        query_pre_attn_scalar: model.headSize,
        final_logit_softcapping: null,
        attn_logit_softcapping: null,
        sliding_window: model.context,
      };
    case 'llama':
      return {
        model_type: 'llama',
        architectures: ['LlamaForCausalLM'],
        attention_bias: false,
        mlp_bias: false,
      };
  }
}

/** As transformers 4 reads it, and as transformers 5 does. */
function formatRope({ ropeTheta, ropeScaling, localRope, layers }: LlamaConfig): object {
  const local = readLocal(localRope);
  if (local) return formatLocalRope(ropeTheta, local, layers);
  const scaling = readScaling(ropeScaling);
  const type = scaling && {
    rope_type: 'llama3',
    factor: scaling.factor,
    low_freq_factor: scaling.low,
    high_freq_factor: scaling.high,
    original_max_position_embeddings: scaling.original,
  };
  return {
    rope_theta: ropeTheta,
    rope_scaling: type ?? null,
    rope_parameters: { rope_theta: ropeTheta, ...(type ?? { rope_type: 'default' }) },
  };
}

/** The same where some blocks have another base, whose attention Hugging Face calls sliding. */
function formatLocalRope(
  ropeTheta: number,
  { theta, every }: { theta: number; every: number },
  layers: number,
): object {
  return {
    rope_theta: ropeTheta,
    rope_local_base_freq: theta,
    rope_scaling: null,
    rope_parameters: {
      full_attention: { rope_theta: ropeTheta, rope_type: 'default' },
      sliding_attention: { rope_theta: theta, rope_type: 'default' },
    },
    sliding_window_pattern: every,
    layer_types: Array.from({ length: layers }, (_, layer) =>
      (layer + 1) % every === 0 ? 'full_attention' : 'sliding_attention',
    ),
  };
}
