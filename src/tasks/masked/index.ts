// masked: tokens that are not shown are told from those on both sides of them.
import { z } from 'zod';
import type { Task } from '../task.ts';

export const masked: Task = {
  name: 'masked',
  data: 'tokens',
  given: 'prompt',
  fillsIn: true,
  measuring: {
    pseudoTokens: z
      .int()
      .min(0)
      .default(256)
      .describe('tokens that are masked one at a time, for the pseudo-perplexity; 0 = none'),
  },
  /** Where the tokenizer has no mask, its id is the one after the text's own. */
  sizes: ({ tokenizer: { vocabSize, mask = vocabSize } }) => ({
    vocabSize: Math.max(vocabSize, mask + 1),
    mask,
  }),
  exampleTokens: (context) => context,
  load: async () => (await import('./learning.ts')).learning,
};
