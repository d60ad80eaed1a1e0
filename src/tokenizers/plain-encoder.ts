// Encodes text as the ids of a byte-pair vocabulary in JavaScript alone: it gives tiktoken's ids without a megabyte of
// WebAssembly that a page would have to fetch, and everybody to wait for, before a word is encoded. It encodes long words
// too, which tiktoken cannot, in O(n log n).
import { binaryOf } from './bytes.ts';
import { mergeWords } from './merge-words.ts';
import { findPairs } from './merges.ts';
import { regExpOf } from './patterns.ts';
import { wellFormed } from './well-formed.ts';

export interface Encoder {
  encode(text: string): Uint32Array;
  /** The same for many texts, on several threads. */
  encodeAll?(texts: readonly string[]): Promise<Uint32Array[]>;
}

/** See encoder.ts. */
export function createEncoder(
  idOf: ReadonlyMap<string, number>,
  pattern: string,
  createPlain?: () => Encoder,
): Encoder {
  if (createPlain) return createPlain();
  const words = regExpOf(pattern);
  const idsOf = mergeWords((word) => Array.from(binaryOf(word), (byte) => idOf.get(byte)!), findPairs(idOf));
  return {
    encode(text) {
      const all: number[] = [];
      for (const [word] of wellFormed(text).matchAll(words)) for (const id of idsOf(word)) all.push(id);
      return Uint32Array.from(all);
    },
  };
}
