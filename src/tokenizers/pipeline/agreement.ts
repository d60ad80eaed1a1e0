// Whether a list of merges leads to the ids that tiktoken gives, which merges any two neighbours that form a token, the one of
// the lowest id first.
import { mergeParts } from '../merge-parts.ts';
import { findPairs, partsOf } from '../merges.ts';
import type { Pairs } from '../pair-ranks.ts';

/**
 * `idOf`: the tokens that tiktoken would be given; `ranks`: the merges.
 *
 * Two neighbours that form a token are, in whatever word, those that its own bytes are merged to last: until then nothing was
 * merged across the token's ends, so the same was merged between them. So it is enough that the list has that pair for each
 * token, in the order of the ids. Llama 3's has all other pairs too that would form the token, and never do.
 */
export function agreesWithIds(idOf: ReadonlyMap<string, number>, ranks: Pairs): boolean {
  const unreached: string[] = [];
  const pairs = findPairs(idOf, (token) => unreached.push(token));
  let last = -1;
  for (const pair of pairs.keys()) {
    const rank = ranks.get(pair);
    if (rank === undefined || rank < last) return false;
    last = rank;
  }
  // Two parts would form the token, after others of higher ids.
  return unreached.every((token) => mergeParts(partsOf(token, idOf), pairs).length > 2);
}
