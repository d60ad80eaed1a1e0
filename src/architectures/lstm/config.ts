// LSTM: settings, presets and the sizes it is measured and shown in.
import { z } from 'zod';
import type { Benchmark, Preset, WebSize } from '../architecture.ts';
import { count, stored } from '../common-settings.ts';
import type { SettingValues } from '../config.ts';
import { STACKED_SETTINGS } from '../stacked/config.ts';

const peepholes = z.boolean().default(false).describe('the gates see the cells');

export const settings = { ...STACKED_SETTINGS, peepholes };

export const config = z.strictObject({
  arch: z.literal('lstm'),
  vocabSize: count,
  ...stored(STACKED_SETTINGS),
  peepholes, // files that do not say have none
});

/**
 * The configuration of an LSTM: layers, width, context, dropout, the size of the vocabulary, whether its head is tied, and
 * whether its gates see the cells.
 */
export type LstmConfig = z.infer<typeof config>;

export const presets: Readonly<Record<string, Preset>> = {
  baby: {
    about: 'beside that GPT: 1.1 M parameters on characters, context 64',
    settings: {
      layers: 2,
      width: 256,
      context: 64,
      batchSize: 12,
      maxSteps: 2000,
      learningRate: 2e-3,
      minLearningRate: 1e-4,
    },
  },
  char: {
    about: 'beside that GPT: 4.3 M parameters on characters, context 256',
    settings: {
      layers: 2,
      width: 512,
      context: 256,
      batchSize: 64,
      maxSteps: 5000,
      dropout: 0.2,
      evalTokens: 100_000,
      learningRate: 2e-3,
    },
  },
  word: {
    about: 'the classic word-level LSTM: 2 layers of 650, context 35',
    settings: { layers: 2, width: 650, context: 35, batchSize: 20, dropout: 0.5, learningRate: 1e-3 },
  },
};

/** The comparison has few steps, which want few layers and a high learning rate. */
export const standard: SettingValues = { layers: 1, width: 80, learningRate: 2e-2, minLearningRate: 1e-3 };

export const webSizes: Readonly<Record<WebSize, SettingValues>> = {
  tiny: { layers: 1, width: 96, context: 48, batchSize: 6, learningRate: 6e-3 },
  small: { layers: 2, width: 192, context: 64, batchSize: 12, learningRate: 3e-3 },
  medium: { layers: 2, width: 512, context: 128, batchSize: 24 },
};

function model(width: number, context: number, vocabSize: number): LstmConfig {
  return {
    arch: 'lstm',
    vocabSize,
    layers: 2,
    width,
    context,
    dropout: 0,
    tiedHead: false,
    peepholes: false,
  };
}

const CHARACTERS = 65; // tiny Shakespeare's kinds

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  'lstm-small': {
    about: 'an LSTM to set beside gpt-baby',
    model: model(256, 64, CHARACTERS),
    batchSize: 12,
  },
  'lstm-char': { about: 'an LSTM to set beside gpt-char', model: model(512, 256, CHARACTERS), batchSize: 8 },
  'lstm-word': { about: 'the classic word-level LSTM', model: model(650, 35, 10_000), batchSize: 20 },
};
