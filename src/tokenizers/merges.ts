// The merges of a byte-pair vocabulary, worked out from its tokens alone. tiktoken merges any two neighbours that
// form a token, the lowest id first; Hugging Face merges the pairs of a list, in its order. The two agree exactly
// when the list is the one found here: for each token, the two parts that its bytes have been merged to just before it.
import { TsgptError } from '../base/errors.ts';
import { symbolsOf } from './bytes.ts';

export type Merge = readonly [left: string, right: string];

/** Above every id that we accept, and small enough that left · MAX_IDS + right is exact. */
export const MAX_IDS = 2 ** 20;

/** left · MAX_IDS + right → the rank of the merge of the two: the id of the token that they make, unless said otherwise. */
export type Pairs = ReadonlyMap<number, number>;
/** The ids of the tokens that merges make, by rank. */
export type Made = ArrayLike<number>;

/** Called for a token that cannot be reached by merging tokens of lower ids; unless given, it throws. */
export type Unreached = (token: string, id: number) => void;

/** The merges in order of id. */
export function findMerges(idOf: ReadonlyMap<string, number>, unreached?: Unreached): Merge[] {
  const tokenOf = new Map([...idOf].map(([token, id]) => [id, token]));
  const pairs = [...findPairs(idOf, unreached).keys()];
  return pairs.map((pair) => [tokenOf.get(Math.floor(pair / MAX_IDS))!, tokenOf.get(pair % MAX_IDS)!]);
}

/** The same as findMerges, in ids. */
export function findPairs(idOf: ReadonlyMap<string, number>, unreached: Unreached = refuse): Pairs {
  const pairs = new Map<number, number>();
  const inOrder = [...idOf].filter(([token]) => !isCharacter(token)).sort(([, a], [, b]) => a - b);
  for (const [token, id] of inOrder) {
    const parts = Array.from(token, (byte) => idOf.get(byte)!);
    mergeAll(parts, pairs);
    const [left, right] = parts;
    if (parts.length === 2) pairs.set(left! * MAX_IDS + right!, id);
    else unreached(token, id);
  }
  return pairs;
}

/** Merges the ids of bytes into the ids of tokens, in place: first the pair with the lowest rank; of equals, the leftmost. */
export function mergeAll(parts: number[], rankOfPair: Pairs, made?: Made): void {
  const rankAt = (i: number) =>
    (i + 1 < parts.length ? rankOfPair.get(parts[i]! * MAX_IDS + parts[i + 1]!) : undefined) ?? MAX_IDS;
  const ranks = parts.map((_, i) => rankAt(i));
  for (;;) {
    const at = indexOfLowest(ranks);
    const rank = ranks[at];
    if (rank === undefined || rank === MAX_IDS) return;
    parts.splice(at, 2, made ? made[rank]! : rank);
    ranks.splice(at + 1, 1);
    ranks[at] = rankAt(at);
    if (at > 0) ranks[at - 1] = rankAt(at - 1);
  }
}

function isCharacter(token: string): boolean {
  return token.length === (token.codePointAt(0)! > 0xffff ? 2 : 1);
}

function indexOfLowest(values: readonly number[]): number {
  let lowest = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[lowest]!) lowest = i;
  return lowest;
}

function refuse(token: string, id: number): void {
  throw new TsgptError(
    `the token ${JSON.stringify(symbolsOf(token))} (id ${id}) cannot be reached by merging tokens of lower ids`,
  );
}
