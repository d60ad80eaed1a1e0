// builtin:sums: two whole numbers of one to three digits, to be added.
import { Stream } from '../../base/random.ts';
import { between, type PairTask } from './pair-task.ts';

const MOST_DIGITS = 3;

export const sums: PairTask = {
  name: 'builtin:sums',
  description: `two numbers of up to ${MOST_DIGITS} digits, to be added`,
  tokenizers: { target: 'char' },
  ceiling: 1,
  write(key) {
    const stream = new Stream(key);
    const [a, b] = [summand(stream), summand(stream)];
    return { source: `${a}+${b}`, target: String(a + b) };
  },
};

/** Short numbers are drawn as often as long ones, and none begins with a zero but zero. */
function summand(stream: Stream): number {
  const digits = between(stream, 1, MOST_DIGITS);
  return between(stream, digits === 1 ? 0 : 10 ** (digits - 1), 10 ** digits - 1);
}
