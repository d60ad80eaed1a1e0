// builtin:repeats: a few words, said again and again in a random order, to be copied. Every word is in many places, so that
// attention by content alone loses its own (the problem that coverage is for: Tu et al. 2016, See et al. 2017).
import { Stream } from '../../base/random.ts';
import { between, type PairTask, pick } from './pair-task.ts';
import { WORDS } from './words.ts';

const [FEWEST, MOST] = [6, 12] as const;

export const repeats: PairTask = {
  name: 'builtin:repeats',
  description: `${FEWEST} to ${MOST} words, of three kinds at most, to be copied`,
  tokenizers: { target: 'char' },
  ceiling: 1,
  write(key) {
    const stream = new Stream(key);
    const kinds = Array.from({ length: between(stream, 2, 3) }, () => pick(stream, WORDS));
    const text = Array.from({ length: between(stream, FEWEST, MOST) }, () => pick(stream, kinds)).join(' ');
    return { source: text, target: text };
  },
};
