// pairs: from a source text to the target that belongs to it.
import { z } from 'zod';
import { endOf } from '../end-of-text.ts';
import type { Task } from '../task.ts';

export const pairs: Task = {
  name: 'pairs',
  data: 'pairs',
  given: 'source',
  measuring: {
    beam: z.int().positive().default(1).describe('how many continuations of a target are kept; 1 = greedy'),
    lengthPenalty: z
      .number()
      .min(0)
      .default(1)
      .describe('of several, the best by log-probability / length^penalty; below 1 favours short ones'),
  },
  sizes: ({ tokenizer, sourceTokenizer = tokenizer }) => ({
    vocabSize: tokenizer.vocabSize,
    sourceVocabSize: sourceTokenizer.vocabSize,
    end: endOf(tokenizer, 'a target', 'prepare the pairs with another --tokenizer'),
  }),
  exampleTokens: (context) => 2 * context,
  load: async () => (await import('./learning.ts')).learning,
};
