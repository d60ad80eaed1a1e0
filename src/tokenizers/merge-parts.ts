// Byte-pair merging of the parts that one word begins as.
import { mergeLong } from './merge-long.ts';
import { MAX_IDS, type Made, type Pairs } from './pair-ranks.ts';

/** For words of up to so many parts this is faster than mergeLong. */
const LONGEST_PLAIN = 256;

/** Merges the ids of bytes into the ids of tokens: first the pair with the lowest rank; of equals, the leftmost. */
export function mergeParts(parts: number[], rankOfPair: Pairs, made?: Made): number[] {
  if (parts.length > LONGEST_PLAIN) return mergeLong(parts, rankOfPair, made);
  const rankAt = (i: number) =>
    (i + 1 < parts.length ? rankOfPair.get(parts[i]! * MAX_IDS + parts[i + 1]!) : undefined) ?? MAX_IDS;
  const ranks = parts.map((_, i) => rankAt(i));
  for (;;) {
    const at = indexOfLowest(ranks);
    const rank = ranks[at];
    if (rank === undefined || rank === MAX_IDS) return parts;
    parts.splice(at, 2, made ? made[rank]! : rank);
    ranks.splice(at + 1, 1);
    ranks[at] = rankAt(at);
    if (at > 0) ranks[at - 1] = rankAt(at - 1);
  }
}

function indexOfLowest(values: readonly number[]): number {
  let lowest = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[lowest]!) lowest = i;
  return lowest;
}
