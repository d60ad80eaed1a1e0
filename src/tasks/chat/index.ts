// chat: from a conversation up to each token of an answer to that token.
import type { Task } from '../task.ts';

export const chat: Task = {
  name: 'chat',
  modelsOf: 'next-token',
  data: 'chat',
  given: 'prompt',
  measuring: {},
  sizes: ({ tokenizer: { vocabSize } }) => ({ vocabSize }),
  exampleTokens: (context) => context,
  load: async () => (await import('./learning.ts')).learning,
};
