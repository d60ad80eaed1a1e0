// Named settings. Each may hold a part for each architecture; keys are those of settings.ts.
import type { Arch } from './model.ts';

type Values = Readonly<Record<string, number | string | boolean>>;

const CPU_RECIPE = { context: 64, batchSize: 12, maxSteps: 2000, learningRate: 1e-3, minLearningRate: 1e-4 };
const CHAR_RECIPE = { context: 256, batchSize: 64, maxSteps: 5000, dropout: 0.2, evalTokens: 100_000 };

export const PRESETS: Readonly<Record<string, { about: string } & Partial<Record<Arch, Values>>>> = {
  baby: {
    about: 'nanoGPT’s CPU example, learning faster: 0.8 M parameters, context 64',
    gpt: { ...CPU_RECIPE, layers: 4, heads: 4, width: 128, learningRate: 3e-3 },
    lstm: { ...CPU_RECIPE, layers: 2, width: 256, learningRate: 2e-3 },
  },
  char: {
    about: 'nanoGPT’s GPU example on characters: 10.7 M parameters, context 256',
    gpt: { ...CHAR_RECIPE, layers: 6, heads: 6, width: 384 },
    lstm: { ...CHAR_RECIPE, layers: 2, width: 512, learningRate: 2e-3 },
  },
  word: {
    about: 'the classic word-level LSTM: 2 layers of 650, context 35',
    lstm: { layers: 2, width: 650, context: 35, batchSize: 20, dropout: 0.5, learningRate: 1e-3 },
  },
  gpt2: {
    about: 'GPT-2 124M, context 1024',
    gpt: {
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
