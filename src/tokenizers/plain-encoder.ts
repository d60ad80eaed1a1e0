// Encodes text as the ids of a byte-pair vocabulary in JavaScript alone: it gives tiktoken's ids without a megabyte of
// WebAssembly that a page would have to fetch, and everybody to wait for, before a word is encoded. It encodes long words
// too, which tiktoken cannot, in O(n log n).
import { binaryOf } from './bytes.ts';
import { mergeLong } from './merge-long.ts';
import { findPairs, mergeAll } from './merges.ts';
import { regExpOf } from './patterns.ts';
import { wellFormed } from './well-formed.ts';

/** Words recur, so their ids are cached; a text may have any number of different words, so the cache is bounded. */
const MOST_KEPT = 2 ** 16;
const LONGEST_KEPT = 32;
/** For words of up to so many bytes, mergeAll is faster than mergeLong. */
const LONGEST_PLAIN = 256;

export interface Encoder {
  encode(text: string): Uint32Array;
}

/** See encoder.ts. */
export function createEncoder(idOf: ReadonlyMap<string, number>, pattern: string): Encoder {
  const words = regExpOf(pattern);
  const pairs = findPairs(idOf);
  const kept = new Map<string, readonly number[]>();

  function idsOf(word: string): readonly number[] {
    const known = kept.get(word);
    if (known !== undefined) return known;
    const ids = Array.from(binaryOf(word), (byte) => idOf.get(byte)!);
    if (ids.length > LONGEST_PLAIN) return mergeLong(ids, pairs);
    mergeAll(ids, pairs);
    if (kept.size < MOST_KEPT && word.length <= LONGEST_KEPT) kept.set(word, ids);
    return ids;
  }

  return {
    encode(text) {
      const all: number[] = [];
      for (const [word] of wellFormed(text).matchAll(words)) for (const id of idsOf(word)) all.push(id);
      return Uint32Array.from(all);
    },
  };
}
