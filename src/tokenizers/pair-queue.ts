// Pairs of neighbouring tokens, the next to merge first: the most frequent; of equals, the lowest left id, then the
// lowest right id. Counts only fall while a pair waits, so an entry that is out of date is put back when it comes up.

export interface Pair {
  readonly left: number;
  readonly right: number;
  count: number;
  /** Places in the word list: each word that has the pair, and some that had it. */
  readonly words: number[];
}

interface Entry {
  pair: Pair;
  /** The pair's count when it was put in. */
  count: number;
}

export class PairQueue {
  readonly #heap: Entry[] = [];

  push(pair: Pair): void {
    const heap = this.#heap;
    const entry = { pair, count: pair.count };
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  /** The next pair, which leaves the queue, if its count is still at least `minimum`. */
  pop(minimum: number): Pair | undefined {
    while (this.#heap.length > 0) {
      const { pair, count } = this.#takeFirst();
      if (count < minimum) return undefined;
      if (count === pair.count) return pair;
      if (pair.count >= minimum) this.push(pair);
    }
    return undefined;
  }

  #takeFirst(): Entry {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  if (a.count !== b.count) return a.count > b.count;
  if (a.pair.left !== b.pair.left) return a.pair.left < b.pair.left;
  return a.pair.right < b.pair.right;
}
