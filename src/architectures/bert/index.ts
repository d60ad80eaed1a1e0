// BERT (Devlin et al. 2019): an encoder that looks to both sides, trained to tell masked tokens.
import { plural } from '../../base/format.ts';
import { DTYPES } from '../../formats/onnx/dtypes.ts';
import type { Architecture } from '../architecture.ts';
import * as about from './config.ts';
import { disk } from './hugging-face.ts';
import { bertSpecs } from './parameters.ts';

export const bert: Architecture<about.BertConfig> = {
  name: 'bert',
  title: 'BERT',
  task: 'masked',
  ...about,
  widthGrain: ({ heads }) => Number(heads),
  describe: ({ layers, heads, width, context }) =>
    `${plural(layers, 'layer')}, ${plural(heads, 'head')}, width ${width}, context ${context}`,
  parameters: bertSpecs,
  recomputes: true,
  disk,
  hf: true,
  onnx: {
    dtypes: DTYPES,
    forTransformersJs: true,
    load: async () => ({ graph: (await import('./onnx.ts')).bertGraph }),
  },
  imports: {},
  load: async () => {
    const { Bert } = await import('./model.ts');
    return { create: (config, seed) => new Bert(config, seed) };
  },
};
