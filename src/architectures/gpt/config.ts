// GPT: settings, presets and the sizes it is measured and shown in.
import { z } from 'zod';
import type { Benchmark, Preset } from '../architecture.ts';
import { COMMON_SETTINGS, count, refuseUneven, stored } from '../common-settings.ts';
import { BABY, CHAR, GPT2_TRAINING } from '../transformer/sizes.ts';

export const settings = {
  layers: count.default(4).describe('number of blocks'),
  heads: count.default(4).describe('attention heads; width must be a multiple'),
  ...COMMON_SETTINGS,
};

export const config = z
  .strictObject({ arch: z.literal('gpt'), vocabSize: count, ...stored(settings) })
  .superRefine(refuseUneven);

/** The configuration of a GPT: layers, heads, width, context, dropout and the size of the vocabulary. */
export type GptConfig = z.infer<typeof config>;

export const presets: Readonly<Record<string, Preset>> = {
  baby: {
    about: 'nanoGPT’s CPU example, sped up: 0.8 M parameters, context 64',
    settings: BABY,
  },
  char: {
    about: 'nanoGPT’s GPU example: 10.7 M parameters, context 256',
    settings: CHAR,
  },
  gpt2: {
    about: 'GPT-2 124M, context 1024',
    settings: {
      layers: 12,
      heads: 12,
      width: 768,
      context: 1024,
      batchSize: 4,
      ...GPT2_TRAINING,
    },
  },
};

export { standard, webSizes } from '../transformer/sizes.ts';

function model(layers: number, width: number, context: number, vocabSize: number): GptConfig {
  const heads = layers; // as nanoGPT and GPT-2 have them
  return { arch: 'gpt', vocabSize, layers, heads, width, context, dropout: 0 };
}

const CHARACTERS = 65; // tiny Shakespeare's kinds
const GPT2_TOKENS = 50257;

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  'gpt-baby': { about: 'nanoGPT’s CPU example', model: model(4, 128, 64, CHARACTERS), batchSize: 12 },
  'gpt-char': {
    about: 'nanoGPT’s GPU example, smaller batch',
    model: model(6, 384, 256, CHARACTERS),
    batchSize: 8,
  },
  gpt2: { about: 'GPT-2 124M, context 256', model: model(12, 768, 256, GPT2_TOKENS), batchSize: 2 },
  'gpt2-1024': {
    about: 'GPT-2 124M, its whole context: for a GPU',
    model: model(12, 768, 1024, GPT2_TOKENS),
    batchSize: 8,
  },
};
