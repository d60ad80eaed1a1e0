// Byte-pair merging of a long word in O(n log n), where mergeParts would take O(n²): the parts are a linked list, and the pairs
// that can be merged wait in a heap. The result is the same.
import { Heap } from '../base/heap.ts';
import { MAX_IDS, type Made, type Pairs } from './pair-ranks.ts';

/** A pair in the heap is rank · PLACES + place, a whole number that orders pairs by their rank, then from the left. */
const PLACES = 2 ** 32;
const GONE = -1;

export function mergeLong(parts: readonly number[], rankOfPair: Pairs, made?: Made): number[] {
  const ids = Float64Array.from(parts); // in which a part may be NaN
  const next = Int32Array.from(parts, (_, i) => i + 1);
  const previous = Int32Array.from(parts, (_, i) => i - 1);
  const waiting = new Heap<number>((a, b) => a < b);

  /** The rank of the merge of the part at `place` and its right neighbour, if they make a token. */
  const rankAt = (place: number) => rankOfPair.get(ids[place]! * MAX_IDS + (ids[next[place]!] ?? Number.NaN));
  const offer = (place: number) => {
    const rank = rankAt(place);
    if (rank !== undefined) waiting.push(rank * PLACES + place);
  };

  for (let place = 0; place < ids.length; place++) offer(place);
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    const place = pair % PLACES;
    const rank = Math.floor(pair / PLACES);
    if (rankAt(place) !== rank) continue; // one of its two parts has been merged with another since
    const right = next[place]!;
    ids[place] = made ? made[rank]! : rank;
    ids[right] = GONE;
    next[place] = next[right]!;
    previous[next[place]!] = place; // without effect at the end, beyond the array
    if (previous[place]! >= 0) offer(previous[place]!);
    offer(place);
  }
  return Array.from(ids.filter((id) => id !== GONE));
}
