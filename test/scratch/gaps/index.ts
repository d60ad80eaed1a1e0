// gaps: a scratch task, which is this folder and would be one line in the list. A masked token is told from those around it.
import { z } from 'zod';
import type { Task } from '../../../src/tasks/task.ts';

export const gaps: Task = {
  name: 'gaps',
  data: 'tokens',
  given: 'prompt',
  measuring: { every: z.int().min(2).default(7).describe('masks every so many tokens') },
  sizes: ({ tokenizer: { vocabSize } }) => ({ vocabSize }),
  exampleTokens: (context) => context,
  load: async () => (await import('./learning.ts')).learning,
};
