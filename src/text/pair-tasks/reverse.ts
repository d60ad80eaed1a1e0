// builtin:reverse-N: letters, at most N of them and at least half as many, to be said backwards.
import { Stream } from '../../base/random.ts';
import { between, type PairTask, pick } from './pair-task.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const DEFAULT_LONGEST = 10;

export function reverseTask(name: string, longest = DEFAULT_LONGEST): PairTask {
  return {
    name,
    description: `up to ${longest} letters, to be said backwards`,
    tokenizers: { target: 'char' },
    ceiling: 1,
    write(key) {
      const stream = new Stream(key);
      const length = between(stream, Math.ceil(longest / 2), longest);
      const letters = Array.from({ length }, () => pick(stream, LETTERS));
      return { source: letters.join(''), target: letters.reverse().join('') };
    },
  };
}
