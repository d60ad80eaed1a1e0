// bigram: a scratch architecture, which is this folder and would be one line in the list. A token's vector alone tells the next.
import { z } from 'zod';
import type { Architecture } from '../../../src/architectures/architecture.ts';
import { COMMON_SETTINGS, count, stored } from '../../../src/architectures/common-settings.ts';
import { checked } from '../../../src/base/json.ts';
import { headSpecs, normal, type ParameterSpec, tableSpecs, within } from '../../../src/layers/parameters.ts';

const settings = { ...COMMON_SETTINGS, tilt: z.number().default(0).describe('added to each logit') };
const config = z.strictObject({ arch: z.literal('bigram'), vocabSize: count, ...stored(settings) });

export type BigramConfig = z.infer<typeof config>;

export function* bigramSpecs({ vocabSize, width }: BigramConfig): Generator<ParameterSpec> {
  yield* within('table', tableSpecs(vocabSize, width, normal(0.1)));
  yield* within('head', headSpecs({ vocabSize, width, bias: true, tied: false }, normal(0.1)));
}

export const bigram: Architecture<BigramConfig> = {
  name: 'bigram',
  title: 'bigram',
  task: 'next-token',
  settings,
  config,
  presets: { little: { about: 'as small as can be', settings: { width: 4 } } },
  standard: { width: 16 },
  webSizes: { tiny: { width: 8 }, small: { width: 16 }, medium: { width: 32 } },
  benchmarks: {},
  widthGrain: () => 1,
  describe: ({ width, context }) => `width ${width}, context ${context}`,
  parameters: bigramSpecs,
  disk: {
    modelTypes: ['tsgpt-bigram'],
    format: (model) => ({ model_type: 'tsgpt-bigram', ...model }),
    parse: ({ model_type: _, ...json }: { model_type?: unknown }, file) => checked(json, config, file),
    toDisk: (name) => name,
    fromDisk: (name) => name,
  },
  hf: false,
  onnx: {
    dtypes: ['fp32'],
    forTransformersJs: false,
    load: async () => ({ graph: (await import('./onnx.ts')).bigramGraph }),
  },
  load: async () => {
    const { Bigram } = await import('./model.ts');
    return { create: (model, seed) => new Bigram(model, seed) };
  },
};
