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
  /** The mask's id is the one after the text's own. */
  sizes: ({ tokenizer: { vocabSize } }) => ({ vocabSize: vocabSize + 1, mask: vocabSize }),
  exampleTokens: (context) => context,
  load: async () => (await import('./learning.ts')).learning,
};
