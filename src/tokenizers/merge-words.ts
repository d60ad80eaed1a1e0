// The ids of words, by merging the ids that each begins as.
import { mergeLong } from './merge-long.ts';
import { type Made, mergeAll, type Pairs } from './merges.ts';

/** Words recur, so their ids are cached; a text may have any number of different words, so the cache is bounded. */
const MOST_KEPT = 2 ** 16;
const LONGEST_KEPT = 32;
/** For words of up to so many parts, mergeAll is faster than mergeLong. */
const LONGEST_PLAIN = 256;

export type IdsOfWord = (word: string) => readonly number[];

export function mergeWords(startOf: (word: string) => number[], pairs: Pairs, made?: Made): IdsOfWord {
  const kept = new Map<string, readonly number[]>();
  return (word) => {
    const known = kept.get(word);
    if (known !== undefined) return known;
    const ids = startOf(word);
    if (ids.length > LONGEST_PLAIN) return mergeLong(ids, pairs, made);
    mergeAll(ids, pairs, made);
    if (kept.size < MOST_KEPT && word.length <= LONGEST_KEPT) kept.set(word, ids);
    return ids;
  };
}
