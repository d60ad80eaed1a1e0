// pairs: from a source text to the target that belongs to it.
import { z } from 'zod';
import { TsgptError } from '../../base/errors.ts';
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
  sizes({ tokenizer: { vocabSize, name, endOfText }, sourceTokenizer }) {
    if (endOfText === undefined) {
      throw new TsgptError(
        `expected a tokenizer with an end-of-text token, which ends a target, but ${name} has none`,
        'prepare the pairs with another --tokenizer',
      );
    }
    return { vocabSize, sourceVocabSize: sourceTokenizer?.vocabSize ?? vocabSize, end: endOfText };
  },
  exampleTokens: (context) => 2 * context,
  load: async () => (await import('./learning.ts')).learning,
};
