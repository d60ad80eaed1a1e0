// The merges of a byte-pair vocabulary, worked out from its tokens alone. tiktoken merges any two neighbours that
// form a token, the lowest id first; Hugging Face merges the pairs of a list, in its order. The two agree exactly
// when the list is the one found here: for each token, the two parts that its bytes have been merged to just before it.
import { TsgptError } from '../base/errors.ts';
import { symbolsOf } from './bytes.ts';

export type Merge = readonly [left: string, right: string];

/** Above every id that we accept, and small enough that left · MAX_IDS + right is exact. */
export const MAX_IDS = 2 ** 20;

/** left · MAX_IDS + right → the id of the token that the two make. */
export type Pairs = ReadonlyMap<number, number>;

/** The merges in order of id. Throws if a token cannot be reached by merging tokens of lower ids. */
export function findMerges(idOf: ReadonlyMap<string, number>): Merge[] {
  const tokenOf = new Map([...idOf].map(([token, id]) => [id, token]));
  const pairs = [...findPairs(idOf).keys()];
  return pairs.map((pair) => [tokenOf.get(Math.floor(pair / MAX_IDS))!, tokenOf.get(pair % MAX_IDS)!]);
}

/** The same as findMerges, in ids. */
export function findPairs(idOf: ReadonlyMap<string, number>): Pairs {
  const pairs = new Map<number, number>();
  const inOrder = [...idOf].filter(([token]) => token.length > 1).sort(([, a], [, b]) => a - b);
  for (const [token, id] of inOrder) {
    const parts = Array.from(token, (byte) => idOf.get(byte)!);
    mergeAll(parts, pairs);
    const [left, right] = parts;
    if (parts.length !== 2) throw unreachable(token, id);
    pairs.set(left! * MAX_IDS + right!, id);
  }
  return pairs;
}

/** Merges the ids of bytes into the ids of tokens, in place: first the pair with the lowest id; of equals, the leftmost. */
export function mergeAll(parts: number[], idOfPair: Pairs): void {
  const idAt = (i: number) =>
    (i + 1 < parts.length ? idOfPair.get(parts[i]! * MAX_IDS + parts[i + 1]!) : undefined) ?? MAX_IDS;
  const pairs = parts.map((_, i) => idAt(i));
  for (;;) {
    const at = indexOfLowest(pairs);
    if (pairs[at] === MAX_IDS) return;
    parts.splice(at, 2, pairs[at]!);
    pairs.splice(at + 1, 1);
    pairs[at] = idAt(at);
    if (at > 0) pairs[at - 1] = idAt(at - 1);
  }
}

function indexOfLowest(values: readonly number[]): number {
  let lowest = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[lowest]!) lowest = i;
  return lowest;
}

function unreachable(token: string, id: number): TsgptError {
  return new TsgptError(
    `the token ${JSON.stringify(symbolsOf(token))} (id ${id}) cannot be reached by merging tokens of lower ids`,
  );
}
