// A Llama as llama.cpp has it: its architecture llama, qwen2 where queries, keys and values have biases, qwen3 where queries and
// keys are normalised, gemma3 where it has all the parts of that.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import { f32, u32 } from '../../formats/gguf/metadata.ts';
import type { GgufModel, GgufTensor } from '../../formats/gguf/model.ts';
import { ggufTensors } from '../transformer/gguf.ts';
import type { LlamaConfig } from './config.ts';
import { frequenciesOf } from './frequencies.ts';
import { disk, type Family, familyOf, unlikeHub } from './hugging-face.ts';
import { llamaSpecs } from './parameters.ts';

const NAMES: Readonly<Record<string, string>> = {
  embed_tokens: 'token_embd',
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.q_norm': 'attn_q_norm',
  'self_attn.k_norm': 'attn_k_norm',
  'self_attn.o_proj': 'attn_output',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
  norm: 'output_norm',
  lm_head: 'output',
};
/** What is called otherwise where a block's norms stand on both sides. */
const SANDWICH: Readonly<Record<string, string>> = {
  ...NAMES,
  post_attention_layernorm: 'post_attention_norm',
  pre_feedforward_layernorm: 'ffn_norm',
  post_feedforward_layernorm: 'post_ffw_norm',
};

/** The only one that llama.cpp's gemma3 has. */
const LOCAL_ROPE = '10000:6';

/** What makes it a model that llama.cpp has no architecture for, if anything does. */
export function unlikeLlamaCpp(model: LlamaConfig): string | undefined {
  const unlike = unlikeHub(model);
  if (unlike !== undefined) return unlike;
  const { activation, ropeScaling, localRope, sandwichNorm, qkNorm, qkvBias, heads, headSize, width } = model;
  if (sandwichNorm) return localRope === LOCAL_ROPE ? undefined : `the local rotary positions ${localRope}`;
  if (activation === 'geglu') return 'the activation geglu';
  const isScaled = ropeScaling !== 'none';
  if (qkNorm && isScaled) return 'norms of queries and keys and scaled rotary positions';
  if (qkvBias && isScaled) return 'biases of queries and keys and scaled rotary positions';
  if (qkvBias && heads * headSize !== width) return 'biases of queries and keys and a head size of its own';
  return undefined;
}

/** By Hugging Face's names ("model.embed_tokens.weight"). */
export function llamaGguf(config: LlamaConfig, tensors: ReadonlyMap<string, FloatTensor>): GgufModel {
  const architecture = familyOf(config);
  const names = config.sandwichNorm ? SANDWICH : NAMES;
  const own = ggufTensors(llamaSpecs(config), names, { tensors, toDisk: disk.toDisk });
  return {
    architecture,
    metadata: {
      vocab_size: u32(config.vocabSize),
      context_length: u32(config.context),
      embedding_length: u32(config.width),
      block_count: u32(config.layers),
      feed_forward_length: u32(config.mlpWidth),
      'attention.head_count': u32(config.heads),
      'attention.head_count_kv': u32(config.kvHeads),
      'attention.key_length': u32(config.headSize),
      'attention.value_length': u32(config.headSize),
      'attention.layer_norm_rms_epsilon': f32(config.normEpsilon),
      'rope.dimension_count': u32(config.headSize),
      'rope.freq_base': f32(config.ropeTheta),
      ...(architecture === 'gemma3' && { 'attention.sliding_window': u32(config.context) }),
    },
    tensors: asRead[architecture](own, config),
  };
}

type AsRead = (tensors: readonly GgufTensor[], config: LlamaConfig) => readonly GgufTensor[];

/** The tensors as each of llama.cpp's architectures expects them. */
const asRead: Readonly<Record<Family, AsRead>> = {
  llama: (tensors, config) => [...tensors.map((tensor) => paired(tensor, config)), ...scalingOf(config)],
  qwen2: (tensors) => tensors,
  qwen3: (tensors) => tensors,
  gemma3: (tensors) => tensors.map(plusOne),
};

/** llama.cpp's norms scale by what is stored. */
function plusOne(tensor: GgufTensor): GgufTensor {
  if (!tensor.name.endsWith('_norm.weight')) return tensor;
  return { ...tensor, values: async () => (await tensor.values()).map((value) => 1 + value) };
}

/**
 * llama.cpp's llama turns neighbours together, where Hugging Face turns the halves of a head: so of the rows of queries and keys
 * (heads · 2 · headSize/2, in) → (heads · headSize/2 · 2, in).
 */
function paired(tensor: GgufTensor, { headSize, width }: LlamaConfig): GgufTensor {
  if (!/\.attn_[qk]\.weight$/.test(tensor.name)) return tensor;
  return {
    ...tensor,
    values: async () => {
      const values = await tensor.values();
      const result = new Float32Array(values.length);
      for (let row = 0; row * width < values.length; row++) {
        const place = row % headSize;
        const from = row - place + (place % 2) * (headSize / 2) + Math.floor(place / 2);
        result.set(values.subarray(from * width, (from + 1) * width), row * width);
      }
      return result;
    },
  };
}

/** By what frequencies are divided, where they are scaled. */
function scalingOf(config: LlamaConfig): GgufTensor[] {
  if (config.ropeScaling === 'none') return [];
  const scaled = frequenciesOf(config);
  const divisors = frequenciesOf({ ...config, ropeScaling: 'none' }).map((usual, i) => usual / scaled[i]!);
  const values = () => Float32Array.from(divisors);
  return [{ name: 'rope_freqs.weight', shape: [divisors.length], values, kind: 'exact' }];
}
