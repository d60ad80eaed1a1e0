// Settings that transformers of one size have in common, whatever their parts.
import type { WebSize } from '../architecture.ts';
import type { SettingValues } from '../config.ts';

/** nanoGPT's CPU example, sped up. */
export const BABY: SettingValues = {
  layers: 4,
  heads: 4,
  width: 128,
  context: 64,
  batchSize: 12,
  maxSteps: 2000,
  learningRate: 3e-3,
  minLearningRate: 1e-4,
};

/** nanoGPT's GPU example. */
export const CHAR: SettingValues = {
  layers: 6,
  heads: 6,
  width: 384,
  context: 256,
  batchSize: 64,
  maxSteps: 5000,
  dropout: 0.2,
  evalTokens: 100_000,
};

/** How GPT-2 124M is trained. */
export const GPT2_TRAINING: SettingValues = {
  totalBatchTokens: 2 ** 19,
  learningRate: 6e-4,
  minLearningRate: 6e-5,
  beta2: 0.95,
  warmupSteps: 700,
  maxSteps: 20_000,
};

/** The standard comparison has few steps, which want few layers and a high learning rate. */
export const standard: SettingValues = { layers: 2, width: 64, learningRate: 5e-3, minLearningRate: 5e-4 };

export const webSizes: Readonly<Record<WebSize, SettingValues>> = {
  tiny: { layers: 2, heads: 4, width: 64, context: 64, batchSize: 4, learningRate: 4e-3 },
  small: { layers: 4, heads: 4, width: 128, context: 128, batchSize: 8 },
  medium: { layers: 6, heads: 6, width: 384, context: 256, batchSize: 16, learningRate: 1e-3 },
};
