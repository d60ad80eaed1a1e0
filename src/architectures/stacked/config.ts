// What the configurations of stacked models have in common.
import { z } from 'zod';
import { COMMON_SETTINGS, count } from '../common-settings.ts';

export const STACKED_SETTINGS = {
  layers: count.default(4).describe('number of stacked layers'),
  ...COMMON_SETTINGS,
  tiedHead: z.boolean().default(false).describe('the output layer shares the embedding’s weights'),
};

export type StackedConfig = {
  readonly arch: string;
  readonly vocabSize: number;
  readonly layers: number;
  readonly width: number;
  readonly context: number;
  readonly dropout: number;
  readonly tiedHead: boolean;
};
