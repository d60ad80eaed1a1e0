// GPT-2's architecture: learned positions, pre-norm blocks of causal self-attention, a tied output layer.
import { plural } from '../../base/format.ts';
import { DTYPES } from '../../formats/onnx/dtypes.ts';
import type { Architecture } from '../architecture.ts';
import * as about from './config.ts';
import { disk } from './hugging-face.ts';
import { gptSpecs } from './parameters.ts';

export const gpt: Architecture<about.GptConfig> = {
  name: 'gpt',
  title: 'GPT',
  task: 'next-token',
  ...about,
  widthGrain: ({ heads }) => Number(heads),
  describe: ({ layers, heads, width, context }) =>
    `${plural(layers, 'layer')}, ${plural(heads, 'head')}, width ${width}, context ${context}`,
  parameters: gptSpecs,
  lora: { targets: ['c_attn'], fanInFanOut: true },
  recomputes: true,
  disk,
  hf: true,
  onnx: {
    dtypes: DTYPES,
    forTransformersJs: true,
    load: async () => ({ graph: (await import('./onnx.ts')).gptGraph }),
  },
  gguf: { load: async () => ({ describe: (await import('./gguf.ts')).gptGguf }) },
  imports: { onnx: async () => (await import('./onnx-weights.ts')).weightsByName },
  load: async () => {
    const { Gpt } = await import('./model.ts');
    return { create: (config, seed) => new Gpt(config, seed) };
  },
};
