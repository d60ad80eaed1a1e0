// Two classic exercises for a model's memory. builtin:copying-T: letters, T dots, a colon, then the same letters again
// (Hochreiter and Schmidhuber 1997). builtin:counting-N: n times a, n times b, n times c, for n from 1 to N (Gers and
// Schmidhuber 2001).
import { type Key, Stream } from '../base/random.ts';
import { builtinName, wholeSize } from './builtin-name.ts';
import type { Generator } from './generated.ts';

const LETTERS = 'abcdefgh';
/** How many letters are to be remembered. */
const COPIED = 3;

const KINDS: Readonly<Record<string, (size: number) => Omit<Generator, 'name' | 'documents'>>> = {
  copying: (blanks) => ({ purpose: 'copying', write: (key) => copying(key, blanks) }),
  counting: (most) => ({ purpose: 'counting', write: (key) => counting(key, most) }),
};

/** As they are named in help, with a size that suits. */
export const EXERCISES: readonly string[] = ['builtin:copying-20', 'builtin:counting-10'];

/** The exercise of a name such as builtin:copying-20; undefined where the name is none of an exercise. */
export function exerciseNamed(name: string): Generator | undefined {
  const { kind, size = '' } = builtinName(name) ?? { kind: '' };
  if (!Object.hasOwn(KINDS, kind)) return undefined;
  return { name, documents: 'exercises', ...KINDS[kind]!(wholeSize(kind, size)) };
}

function copying(key: Key, blanks: number) {
  const stream = new Stream(key);
  const letters = Array.from({ length: COPIED }, () => LETTERS[stream.below(LETTERS.length)]).join('');
  return { text: `${letters}${'.'.repeat(blanks)}:${letters}`, nats: COPIED * Math.log(LETTERS.length) };
}

function counting(key: Key, most: number) {
  const n = 1 + new Stream(key).below(most);
  return { text: 'abc'.replace(/./g, (letter) => letter.repeat(n)), nats: Math.log(most) };
}
