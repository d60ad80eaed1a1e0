// A priority queue of pairs of neighbouring tokens. The most frequent comes first; of equals, the one with the lowest left
// id, then the lowest right id. A waiting pair's count can only fall, so an outdated entry is put back when it comes up.
import { Heap } from '../base/heap.ts';

export interface Pair {
  readonly left: number;
  readonly right: number;
  count: number;
  /** Indices into the word list: every word that holds the pair, and some that held it once. */
  readonly words: number[];
}

interface Entry {
  pair: Pair;
  /** The pair's count when it was put in. */
  count: number;
}

export class PairQueue {
  readonly #heap = new Heap<Entry>(isBefore);

  push(pair: Pair): void {
    this.#heap.push({ pair, count: pair.count });
  }

  /** The next pair, which leaves the queue, if its count is still at least `minimum`. */
  pop(minimum: number): Pair | undefined {
    for (let entry = this.#heap.pop(); entry !== undefined; entry = this.#heap.pop()) {
      const { pair, count } = entry;
      if (count < minimum) return undefined;
      if (count === pair.count) return pair;
      if (pair.count >= minimum) this.push(pair);
    }
    return undefined;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  if (a.count !== b.count) return a.count > b.count;
  if (a.pair.left !== b.pair.left) return a.pair.left < b.pair.left;
  return a.pair.right < b.pair.right;
}
