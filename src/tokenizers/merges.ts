// The merges of a byte-pair vocabulary, worked out from its tokens alone. tiktoken merges any two neighbours that
// form a token, the lowest id first; Hugging Face merges the pairs of a list, in its order. The two agree exactly
// when the list is the one found here: for each token, the two parts that its bytes have been merged to just before it.
import { TsgptError } from '../base/errors.ts';
import { symbolsOf } from './bytes.ts';
import { mergeParts } from './merge-parts.ts';
import { MAX_IDS, type Pairs } from './pair-ranks.ts';

export type Merge = readonly [left: string, right: string];

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
    const [left, right, ...others] = mergeParts(partsOf(token, idOf), pairs);
    const pair = left! * MAX_IDS + right!;
    if (others.length > 0 || Number.isNaN(pair)) unreached(token, id);
    else pairs.set(pair, id);
  }
  return pairs;
}

/** The ids that merging begins with: NaN, which merges with nothing, for a character that is no token. */
export function partsOf(token: string, idOf: ReadonlyMap<string, number>): number[] {
  return Array.from(token, (character) => idOf.get(character) ?? Number.NaN);
}

function isCharacter(token: string): boolean {
  return token.length === (token.codePointAt(0)! > 0xffff ? 2 : 1);
}

function refuse(token: string, id: number): void {
  throw new TsgptError(
    `the token ${JSON.stringify(symbolsOf(token))} (id ${id}) cannot be reached by merging tokens of lower ids`,
  );
}
