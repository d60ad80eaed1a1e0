// Counts a text's n-grams of every order. Order by order, the n-gram that begins at each position gets a number; those of the
// next order are pairs of such a number and a token, so that sorting plain numbers finds them all.
import { breathe } from '../../base/breathe.ts';
import { TsgptError } from '../../base/errors.ts';
import type { Tokens } from '../../data/tokens.ts';
import { MOST_ENTRIES } from './parameters.ts';

/** All n-grams of one order, sorted by parent and token. */
export interface Order {
  parent: Float32Array;
  token: Float32Array;
  /** How often the n-gram was seen; below the highest order, after how many different tokens (its continuation count). */
  count: Float32Array;
}

export async function countOrders(text: Tokens, vocabSize: number, highest: number): Promise<Order[]> {
  const ids = text.read(0, text.length);
  const orders: Order[] = [];
  let shorter = new Int32Array(ids.length); // of order n − 1, at each position; of order 0 there is one
  for (let n = 1; n <= Math.min(highest, ids.length); n++) {
    await breathe();
    const keys = Float64Array.from(
      { length: ids.length - n + 1 },
      (_, at) => shorter[at]! * vocabSize + ids[at + n - 1]!,
    );
    const { different, counts } = tallied(keys);
    if (different.length > MOST_ENTRIES) throw tooMany(n, different.length);
    const here = Int32Array.from(keys, (key) => placeOf(different, key));
    if (n > 1)
      orders[n - 2]!.count = continuations(here, different.length, shorter, orders[n - 2]!.count.length);
    orders.push({
      parent: Float32Array.from(different, (key) => Math.floor(key / vocabSize)),
      token: Float32Array.from(different, (key) => key % vocabSize),
      count: counts,
    });
    shorter = here;
  }
  return orders;
}

/** The different values in order, and how often each is there. */
function tallied(keys: Float64Array): { different: Float64Array; counts: Float32Array } {
  const sorted = keys.toSorted();
  const isFirst = (i: number) => i === 0 || sorted[i] !== sorted[i - 1];
  const firsts = Array.from(sorted.keys()).filter(isFirst);
  const counts = firsts.map((first, i) => (firsts[i + 1] ?? sorted.length) - first);
  return { different: Float64Array.from(firsts, (i) => sorted[i]!), counts: Float32Array.from(counts) };
}

function placeOf(sorted: Float64Array, key: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** For each shorter n-gram: how many different longer ones end with it. */
function continuations(
  longer: Int32Array,
  different: number,
  shorter: Int32Array,
  count: number,
): Float32Array {
  const found = new Float32Array(count);
  const isKnown = new Uint8Array(different);
  for (const [at, place] of longer.entries()) {
    if (isKnown[place]) continue;
    isKnown[place] = 1;
    found[shorter[at + 1]!]!++;
  }
  return found;
}

function tooMany(order: number, found: number): TsgptError {
  return new TsgptError(
    `the text has ${found} different n-grams of order ${order}, and a checkpoint holds at most ${MOST_ENTRIES}`,
    `take a smaller --order, ${order - 1} or less`,
  );
}
