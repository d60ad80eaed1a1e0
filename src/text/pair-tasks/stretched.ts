// builtin:stretched: words whose every character comes one to four times, some of the copies lost in noise. One copy is always
// clean, and no letter stands twice in a row in the words: who leaves out the noise and merges what is left has them.
import { Stream } from '../../base/random.ts';
import { between, type PairTask, pick } from './pair-task.ts';
import { WORDS } from './words.ts';

const MOST_COPIES = 4;
const NOISE = '.~*#';
const NOISY = 1 / 4;

export const stretched: PairTask = {
  name: 'builtin:stretched',
  description: `two to four words, each character up to ${MOST_COPIES} times and in noise, to be read`,
  tokenizers: { target: 'char' },
  ceiling: 1,
  write(key) {
    const stream = new Stream(key);
    const target = Array.from({ length: between(stream, 2, 4) }, () => pick(stream, WORDS)).join(' ');
    return { source: Array.from(target, (character) => copiesOf(character, stream)).join(''), target };
  },
};

function copiesOf(character: string, stream: Stream): string {
  const copies = between(stream, 1, MOST_COPIES);
  const clean = stream.below(copies);
  return Array.from({ length: copies }, (_, i) => {
    const isNoise = i !== clean && stream.uniform() < NOISY;
    return isNoise ? pick(stream, NOISE) : character;
  }).join('');
}
