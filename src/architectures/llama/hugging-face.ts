// A Llama's checkpoint is one of Hugging Face's: LlamaForCausalLM, Qwen2ForCausalLM where queries, keys and values have biases,
// Qwen3ForCausalLM where queries and keys are normalised. What none of them computes has a form of our own, with the same names.
import { checked } from '../../base/json.ts';
import type { DiskForm } from '../architecture.ts';
import { ownDisk } from '../own-disk.ts';
import { config, type LlamaConfig } from './config.ts';
import { readScaling } from './frequencies.ts';
import { hubSchema, parseHub } from './hub-config.ts';

const PREFIX = 'model.';
const HEAD = 'lm_head.weight';
const own = ownDisk('llama', config);

export const disk: DiskForm<LlamaConfig> = {
  modelTypes: ['llama', 'mistral', 'qwen2', 'qwen3', ...own.modelTypes],
  format: (model, endOfText = undefined) =>
    unlikeHub(model) === undefined ? format(model, endOfText) : own.format(model, endOfText),
  parse: (json, file) => {
    if ('model_type' in json && own.modelTypes.includes(String(json.model_type)))
      return own.parse(json, file);
    return checked(parseHub(checked(json, hubSchema, file), file), config, file);
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
  if (!model.qkNorm && !model.qkvBias && model.width % model.heads !== 0)
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

function kindOf({ qkNorm, qkvBias }: LlamaConfig): object {
  const window = { use_sliding_window: false, sliding_window: null };
  if (qkNorm)
    return { model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'], attention_bias: false, ...window };
  if (qkvBias) return { model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'], ...window };
  return {
    model_type: 'llama',
    architectures: ['LlamaForCausalLM'],
    attention_bias: false,
    mlp_bias: false,
  };
}

/** As transformers 4 reads it, and as transformers 5 does. */
function formatRope({ ropeTheta, ropeScaling }: LlamaConfig): object {
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
