// next-token: from every prefix of a window of text to the token that follows it.
import { z } from 'zod';
import type { Task } from '../task.ts';

export const nextToken: Task = {
  name: 'next-token',
  data: 'tokens',
  given: 'prompt',
  measuring: {
    window: z
      .int()
      .positive()
      .optional()
      .describe('tokens that are read together (default: the context, but 4096 at most)'),
    stride: z
      .int()
      .positive()
      .optional()
      .describe('tokens from one window to the next (default: as many as a window has)'),
    reset: z
      .boolean()
      .default(false)
      .describe('start every window afresh, also where the model could carry its state'),
  },
  sizes: ({ tokenizer: { vocabSize } }) => ({ vocabSize }),
  exampleTokens: (context) => context,
  load: async () => (await import('./learning.ts')).learning,
};
