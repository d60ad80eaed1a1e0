// The models that the page offers, small enough to learn something while one watches.
import type { Arch } from 'tsgpt/web';

type Settings = Readonly<Record<string, number | string>>;

/** It learns until it is stopped, so there is no end for the learning rate to fall towards. */
const COMMON = { schedule: 'constant', warmupSteps: 20, learningRate: 2e-3, maxSteps: 1_000_000 };

const SIZES: Readonly<Record<'tiny' | 'small' | 'medium', Readonly<Record<Arch, Settings>>>> = {
  tiny: {
    gpt: { ...COMMON, layers: 2, heads: 4, width: 64, context: 64, batchSize: 4, learningRate: 4e-3 },
    lstm: { ...COMMON, layers: 1, width: 96, context: 48, batchSize: 6, learningRate: 6e-3 },
  },
  small: {
    gpt: { ...COMMON, layers: 4, heads: 4, width: 128, context: 128, batchSize: 8 },
    lstm: { ...COMMON, layers: 2, width: 192, context: 64, batchSize: 12, learningRate: 3e-3 },
  },
  medium: {
    gpt: { ...COMMON, layers: 6, heads: 6, width: 384, context: 256, batchSize: 16, learningRate: 1e-3 },
    lstm: { ...COMMON, layers: 2, width: 512, context: 128, batchSize: 24 },
  },
};

export function settingsOf(size: keyof typeof SIZES, arch: Arch): Settings {
  return SIZES[size][arch];
}

/** For a model that was trained before. */
export const FURTHER: Settings = { ...COMMON, learningRate: 5e-4, batchSize: 8 };

export const VOCAB_SIZE = 512;
/** builtin:stories that make up the sample text: about half a megabyte. */
export const STORIES = 900;
