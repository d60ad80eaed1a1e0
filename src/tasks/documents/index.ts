// documents: from a whole text back to the text, by way of a latent vector.
import { z } from 'zod';
import { endOf } from '../end-of-text.ts';
import type { Task } from '../task.ts';

export const documents: Task = {
  name: 'documents',
  data: 'tokens',
  given: 'source',
  startsFromNothing: true,
  lossIsBound: true,
  measuring: {
    importance: z
      .int()
      .positive()
      .default(1)
      .describe('latent vectors drawn for each text; from 2 on a tighter bound is measured, too'),
  },
  sizes: ({ tokenizer }) => ({
    vocabSize: tokenizer.vocabSize,
    end: endOf(
      tokenizer,
      'a document',
      'prepare several documents, from which it learns one, or choose another --tokenizer',
    ),
  }),
  exampleTokens: (context) => context,
  load: async () => (await import('./learning.ts')).learning,
};
