// documents: from a whole text back to the text, by way of a latent vector.
import { z } from 'zod';
import { TsgptError } from '../../base/errors.ts';
import type { Task } from '../task.ts';

export const documents: Task = {
  name: 'documents',
  data: 'tokens',
  given: 'source',
  startsFromNothing: true,
  measuring: {
    importance: z
      .int()
      .positive()
      .default(1)
      .describe('latent vectors drawn for each text; from 2 on a tighter bound is measured, too'),
  },
  sizes({ tokenizer: { vocabSize, name, endOfText } }) {
    if (endOfText === undefined) {
      throw new TsgptError(
        `expected a tokenizer with an end-of-text token, which ends a document, but ${name} has none`,
        'prepare several documents, from which it learns one, or choose another --tokenizer',
      );
    }
    return { vocabSize, end: endOfText };
  },
  exampleTokens: (context) => context,
  load: async () => (await import('./learning.ts')).learning,
};
