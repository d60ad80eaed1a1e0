// neighbours: a scratch architecture of a scratch task. It tells a token from the two beside it, and writes nothing.
import { z } from 'zod';
import type { Architecture } from '../../../src/architectures/architecture.ts';
import { COMMON_SETTINGS, count, stored } from '../../../src/architectures/common-settings.ts';
import { checked } from '../../../src/base/json.ts';
import { headSpecs, normal, type ParameterSpec, tableSpecs, within } from '../../../src/layers/parameters.ts';

const settings = { ...COMMON_SETTINGS };
const config = z.strictObject({ arch: z.literal('neighbours'), vocabSize: count, ...stored(settings) });

export type NeighboursConfig = z.infer<typeof config>;

export function* neighboursSpecs({ vocabSize, width }: NeighboursConfig): Generator<ParameterSpec> {
  yield* within('left', tableSpecs(vocabSize, width, normal(0.1)));
  yield* within('right', tableSpecs(vocabSize, width, normal(0.1)));
  yield* within('head', headSpecs({ vocabSize, width, bias: true, tied: false }, normal(0.1)));
}

export const neighbours: Architecture<NeighboursConfig> = {
  name: 'neighbours',
  title: 'neighbours',
  task: 'gaps',
  settings,
  config,
  presets: {},
  standard: { width: 16 },
  webSizes: { tiny: { width: 8 }, small: { width: 16 }, medium: { width: 32 } },
  benchmarks: {},
  widthGrain: () => 1,
  describe: ({ width }) => `width ${width}`,
  parameters: neighboursSpecs,
  disk: {
    modelTypes: ['tsgpt-neighbours'],
    format: (model) => ({ model_type: 'tsgpt-neighbours', ...model }),
    parse: ({ model_type: _, ...json }: { model_type?: unknown }, file) => checked(json, config, file),
    toDisk: (name) => name,
    fromDisk: (name) => name,
  },
  hf: false,
  load: async () => {
    const { Neighbours } = await import('./model.ts');
    return { create: (model, seed) => new Neighbours(model, seed) };
  },
};
