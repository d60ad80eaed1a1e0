// GPT-2 as llama.cpp has it: its names of tensors, and what the file says of the model.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import { f32, u32 } from '../../formats/gguf/metadata.ts';
import type { GgufModel } from '../../formats/gguf/model.ts';
import { LAYER_NORM_EPSILON } from '../../ops/layer-norm.ts';
import { ggufTensors, POSITIONS } from '../transformer/gguf.ts';
import type { GptConfig } from './config.ts';
import { disk } from './hugging-face.ts';
import { gptSpecs } from './parameters.ts';

const NAMES: Readonly<Record<string, string>> = {
  wte: 'token_embd',
  wpe: POSITIONS,
  ln_1: 'attn_norm',
  'attn.c_attn': 'attn_qkv',
  'attn.c_proj': 'attn_output',
  ln_2: 'ffn_norm',
  'mlp.c_fc': 'ffn_up',
  'mlp.c_proj': 'ffn_down',
  ln_f: 'output_norm',
};

/** By Hugging Face's names ("transformer.wte.weight"). */
export function gptGguf(config: GptConfig, tensors: ReadonlyMap<string, FloatTensor>): GgufModel {
  const { context, layers, heads, width } = config;
  return {
    architecture: 'gpt2',
    metadata: {
      context_length: u32(context),
      embedding_length: u32(width),
      block_count: u32(layers),
      feed_forward_length: u32(4 * width),
      'attention.head_count': u32(heads),
      'attention.layer_norm_epsilon': f32(LAYER_NORM_EPSILON),
    },
    tensors: ggufTensors(gptSpecs(config), NAMES, { tensors, toDisk: disk.toDisk }),
  };
}
