// The ids of words, by merging the ids that each begins as.
import { mergeParts } from './merge-parts.ts';
import type { Made, Pairs } from './pair-ranks.ts';

/** Words recur, so their ids are cached; a text may have any number of different words, so the cache is bounded. */
const MOST_KEPT = 2 ** 16;
const LONGEST_KEPT = 32;

export type IdsOfWord = (word: string) => readonly number[];

export function mergeWords(startOf: (word: string) => number[], pairs: Pairs, made?: Made): IdsOfWord {
  const kept = new Map<string, readonly number[]>();
  return (word) => {
    const known = kept.get(word);
    if (known !== undefined) return known;
    const ids = mergeParts(startOf(word), pairs, made);
    if (kept.size < MOST_KEPT && word.length <= LONGEST_KEPT) kept.set(word, ids);
    return ids;
  };
}
