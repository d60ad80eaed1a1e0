// BERT: settings, presets and the sizes it is measured in.
import { z } from 'zod';
import type { Benchmark, Preset } from '../architecture.ts';
import { COMMON_SETTINGS, count, refuseUneven, stored } from '../common-settings.ts';
import type { SettingValues } from '../config.ts';

export const settings = {
  layers: count.default(4).describe('number of layers'),
  heads: count.default(4).describe('attention heads; width must be a multiple'),
  ...COMMON_SETTINGS,
  tokenTypes: count
    .default(2)
    .describe('kinds of stretches that a text is made of; tsgpt uses the first alone'),
  wholeWords: z.boolean().default(false).describe('training masks whole words, not single tokens'),
};

export const config = z
  .strictObject({ arch: z.literal('bert'), vocabSize: count, mask: z.int().min(0), ...stored(settings) })
  .superRefine(({ width, heads, mask, vocabSize }, issues) => {
    const refuse = (path: string, message: string) =>
      issues.addIssue({ code: 'custom', path: [path], message });
    refuseUneven({ width, heads }, issues);
    if (mask >= vocabSize) refuse('mask', `expected an id below ${vocabSize}, but got ${mask}`);
  });

/**
 * The configuration of a BERT: layers, heads, width, context and dropout, the size of the vocabulary and the id of its mask,
 * and how its training masks.
 */
export type BertConfig = z.infer<typeof config>;

export const presets: Readonly<Record<string, Preset>> = {
  baby: {
    about: '0.1 M parameters, context 32, characters or words',
    settings: {
      layers: 2,
      heads: 4,
      width: 64,
      context: 32,
      batchSize: 64,
      maxSteps: 4000,
      learningRate: 5e-3,
      minLearningRate: 1e-4,
      warmupSteps: 200,
    },
  },
  base: {
    about: 'BERT’s base size: 12 layers of width 768, context 512',
    settings: {
      layers: 12,
      heads: 12,
      width: 768,
      context: 512,
      dropout: 0.1,
      batchSize: 4,
      totalBatchTokens: 2 ** 17,
      learningRate: 1e-4,
      minLearningRate: 0,
      weightDecay: 0.01,
      warmupSteps: 1000,
      maxSteps: 100_000,
    },
  },
};

export const standard: SettingValues = { layers: 2, width: 64, learningRate: 3e-3, minLearningRate: 3e-4 };

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  'bert-small': {
    about: 'four layers of width 128, context 64',
    model: {
      arch: 'bert',
      vocabSize: 66,
      mask: 65,
      layers: 4,
      heads: 4,
      width: 128,
      context: 64,
      dropout: 0,
      tokenTypes: 2,
      wholeWords: false,
    },
    batchSize: 12,
  },
};
