// GPT: settings, presets and the sizes it is measured and shown in.
import { z } from 'zod';
import type { Benchmark, Preset, WebSize } from '../architecture.ts';
import { COMMON_SETTINGS, count, refuseUneven, stored } from '../common-settings.ts';
import type { SettingValues } from '../config.ts';

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
    settings: {
      layers: 4,
      heads: 4,
      width: 128,
      context: 64,
      batchSize: 12,
      maxSteps: 2000,
      learningRate: 3e-3,
      minLearningRate: 1e-4,
    },
  },
  char: {
    about: 'nanoGPT’s GPU example: 10.7 M parameters, context 256',
    settings: {
      layers: 6,
      heads: 6,
      width: 384,
      context: 256,
      batchSize: 64,
      maxSteps: 5000,
      dropout: 0.2,
      evalTokens: 100_000,
    },
  },
  gpt2: {
    about: 'GPT-2 124M, context 1024',
    settings: {
      layers: 12,
      heads: 12,
      width: 768,
      context: 1024,
      batchSize: 4,
      totalBatchTokens: 2 ** 19,
      learningRate: 6e-4,
      minLearningRate: 6e-5,
      beta2: 0.95,
      warmupSteps: 700,
      maxSteps: 20_000,
    },
  },
};

/** The standard comparison has few steps, which want few layers and a high learning rate. */
export const standard: SettingValues = { layers: 2, width: 64, learningRate: 5e-3, minLearningRate: 5e-4 };

export const webSizes: Readonly<Record<WebSize, SettingValues>> = {
  tiny: { layers: 2, heads: 4, width: 64, context: 64, batchSize: 4, learningRate: 4e-3 },
  small: { layers: 4, heads: 4, width: 128, context: 128, batchSize: 8 },
  medium: { layers: 6, heads: 6, width: 384, context: 256, batchSize: 16, learningRate: 1e-3 },
};

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
