// Llama's architecture (Touvron et al. 2023), and its family's: rotary positions, RMSNorm, a gated MLP, grouped-query attention.
import { plural } from '../../base/format.ts';
import { DTYPES } from '../../formats/onnx/dtypes.ts';
import type { Architecture } from '../architecture.ts';
import * as about from './config.ts';
import { llamaGguf, unlikeLlamaCpp } from './gguf.ts';
import { disk, unlikeHub } from './hugging-face.ts';
import { llamaSpecs } from './parameters.ts';

export const llama: Architecture<about.LlamaConfig> = {
  name: 'llama',
  title: 'Llama',
  task: 'next-token',
  ...about,
  // Head sizes are even where width alone makes them.
  widthGrain: ({ heads, headSize }) => (headSize ? 1 : 2 * Number(heads)),
  describe: ({ layers, heads, kvHeads, width, context }) => {
    const shared = kvHeads === heads ? '' : ` (${kvHeads} of keys)`;
    return `${plural(layers, 'layer')}, ${plural(heads, 'head')}${shared}, width ${width}, context ${context}`;
  },
  parameters: llamaSpecs,
  lora: { targets: ['q_proj', 'v_proj'], fanInFanOut: false },
  recomputes: true,
  disk,
  hf: true,
  unlikeHub,
  onnx: {
    dtypes: DTYPES,
    forTransformersJs: true,
    load: async () => ({ graph: (await import('./onnx.ts')).llamaGraph }),
  },
  gguf: { unlike: unlikeLlamaCpp, load: async () => ({ describe: llamaGguf }) },
  imports: {},
  load: async () => {
    const { Llama } = await import('./model.ts');
    return { create: (config, seed) => new Llama(config, seed) };
  },
};
