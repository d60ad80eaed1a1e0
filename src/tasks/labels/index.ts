// labels: from a source to a label for each of its tokens, or, by CTC, to fewer labels.
import { pairs } from '../pairs/index.ts';
import type { Task } from '../task.ts';

export const labels: Task = {
  name: 'labels',
  data: 'pairs',
  given: 'source',
  measuring: { beam: pairs.measuring.beam! },
  sizes: ({ tokenizer, sourceTokenizer = tokenizer, labels = [] }) => ({
    vocabSize: tokenizer.vocabSize,
    sourceVocabSize: sourceTokenizer.vocabSize,
    labels,
  }),
  exampleTokens: (context) => context,
  load: async () => (await import('./learning.ts')).learning,
};
