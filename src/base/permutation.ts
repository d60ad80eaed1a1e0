// A random order of 0 … length − 1 of which every place is computed by itself, however long it is: a Feistel network (Luby and Rackoff
// 1988) over the next power of four, walked along until it leads back among the numbers (Black and Rogaway 2002).
import { fold, type Key, threefry } from './random.ts';

const ROUNDS = 6;

/** The number at the index in the order that the key decides. */
export function permuted(index: number, length: number, key: Key): number {
  let half = 1;
  while (half * half < length) half *= 2;
  let at = index;
  do at = encrypted(at, half, key);
  while (at >= length);
  return at;
}

function encrypted(value: number, half: number, key: Key): number {
  const words = new Int32Array(2);
  let [left, right] = [Math.floor(value / half), value % half];
  for (let round = 0; round < ROUNDS; round++) {
    threefry(key[0], key[1], right, round, words);
    [left, right] = [right, (left + (words[0]! >>> 0)) % half];
  }
  return left * half + right;
}

/** Of numbers that are drawn epoch after epoch, each once in an epoch: the one that is drawn at this place. */
export function drawnInEpochs(place: number, length: number, key: Key): { index: number; epoch: number } {
  const epoch = Math.floor(place / length);
  return { index: permuted(place % length, length, fold(key, epoch)), epoch };
}
