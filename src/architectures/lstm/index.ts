// A stacked LSTM, sharing data, loss and evaluator with the others.
import { plural } from '../../base/format.ts';
import { checked } from '../../base/json.ts';
import type { Architecture } from '../architecture.ts';
import * as about from './config.ts';
import { lstmSpecs } from './parameters.ts';

const MODEL_TYPE = 'tsgpt-lstm';

export const lstm: Architecture<about.LstmConfig> = {
  name: 'lstm',
  title: 'LSTM',
  task: 'next-token',
  ...about,
  widthGrain: () => 1,
  describe: ({ layers, width, context, tiedHead }) =>
    `${plural(layers, 'layer')}, width ${width}, context ${context}${tiedHead ? ', output layer tied' : ''}`,
  parameters: lstmSpecs,
  disk: {
    modelTypes: [MODEL_TYPE],
    format: (config) => ({ model_type: MODEL_TYPE, ...config }),
    parse: ({ model_type: _, ...json }: { model_type?: unknown }, file) => checked(json, about.config, file),
    toDisk: (name) => name,
    fromDisk: (name) => name,
  },
  hf: false,
  onnx: {
    dtypes: ['fp32'],
    forTransformersJs: false,
    load: async () => ({ graph: (await import('./onnx.ts')).lstmGraph }),
  },
  load: async () => {
    const { LstmModel } = await import('./model.ts');
    return { create: (config, seed) => new LstmModel(config, seed) };
  },
};
