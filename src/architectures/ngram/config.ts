// What an n-gram model is told, and what its checkpoint stores.
import { z } from 'zod';
import type { Benchmark, Preset } from '../architecture.ts';
import { COMMON_SETTINGS, count, stored } from '../common-settings.ts';
import type { SettingValues } from '../config.ts';

export const MOST_ORDERS = 7;

export const settings = {
  order: z
    .int()
    .min(1)
    .max(MOST_ORDERS)
    .default(5)
    .describe('tokens in an n-gram: the last of them is told from the others'),
  context: COMMON_SETTINGS.context,
};

const { order, context } = stored(settings);

export const config = z.strictObject({
  arch: z.literal('ngram'),
  vocabSize: count,
  order,
  context,
  /** How many different n-grams of each order it has counted; none before it is fitted. */
  entries: z.array(z.int().min(0)).max(MOST_ORDERS).default([]),
});

/**
 * The configuration of an n-gram model: its order, and the size of the vocabulary.
 */
export type NgramConfig = z.infer<typeof config>;

export const presets: Record<string, Preset> = {
  trigram: { about: 'three tokens, which every trained model should beat', settings: { order: 3 } },
};
export const standard: SettingValues = { order: 5 };
export const benchmarks: Record<string, Benchmark> = {};
