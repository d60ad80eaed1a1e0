// CNN: settings, presets and the sizes it is measured and shown in.
import { z } from 'zod';
import type { Benchmark, Preset, WebSize } from '../architecture.ts';
import { count, stored } from '../common-settings.ts';
import type { SettingValues } from '../config.ts';
import { STACKED_SETTINGS } from '../stacked/config.ts';

export const settings = {
  ...STACKED_SETTINGS,
  kernel: z.int().min(2).default(3).describe('inputs that an output of a layer sees'),
  dilationCycle: count.max(16).default(4).describe('layers until dilation, doubled by each, is 1 again'),
};

export const config = z.strictObject({ arch: z.literal('cnn'), vocabSize: count, ...stored(settings) });

/**
 * The configuration of a CNN: layers, width, context, dropout, the size of the vocabulary, whether its head is tied, how many
 * inputs an output of a layer sees, and how many layers there are until their dilation, doubled by each, is 1 again.
 */
export type CnnConfig = z.infer<typeof config>;

export const presets: Readonly<Record<string, Preset>> = {
  baby: {
    about: 'beside that GPT: 1.1 M parameters on characters, context 64',
    settings: {
      layers: 4,
      width: 208,
      context: 64,
      batchSize: 12,
      maxSteps: 2000,
      learningRate: 4e-3,
      minLearningRate: 1e-4,
    },
  },
  char: {
    about: 'beside that GPT: 4.3 M parameters on characters, context 256',
    settings: {
      layers: 8,
      width: 296,
      context: 256,
      batchSize: 64,
      maxSteps: 5000,
      dropout: 0.2,
      evalTokens: 100_000,
      learningRate: 3e-3,
    },
  },
};

/** The comparison has few steps, which want a high learning rate. */
export const standard: SettingValues = { layers: 4, width: 48, learningRate: 1e-2, minLearningRate: 1e-3 };

export const webSizes: Readonly<Record<WebSize, SettingValues>> = {
  tiny: { layers: 4, width: 56, context: 48, batchSize: 6, learningRate: 6e-3 },
  small: { layers: 4, width: 160, context: 64, batchSize: 12, learningRate: 4e-3 },
  medium: { layers: 8, width: 296, context: 128, batchSize: 24, learningRate: 2e-3 },
};

function model(layers: number, width: number, context: number): CnnConfig {
  return {
    arch: 'cnn',
    vocabSize: 65, // tiny Shakespeare's kinds of characters
    layers,
    width,
    context,
    dropout: 0,
    tiedHead: false,
    kernel: 3,
    dilationCycle: 4,
  };
}

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  'cnn-small': { about: 'a CNN to set beside gpt-baby', model: model(4, 192, 64), batchSize: 12 },
  'cnn-char': { about: 'a CNN to set beside gpt-char', model: model(8, 256, 256), batchSize: 8 },
};
