// builtin:summaries: a story (src/text/stories), to be told in one sentence.
import { writeSummarisedStory } from '../stories/index.ts';
import type { PairTask } from './pair-task.ts';

export const summaries: PairTask = {
  name: 'builtin:summaries',
  description: 'a story, to be told in one sentence',
  tokenizers: { target: 'bpe' },
  ceiling: 1,
  write(key) {
    const { story, summary } = writeSummarisedStory(key);
    return { source: story, target: summary };
  },
};
