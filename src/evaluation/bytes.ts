// How many bytes of text each token stands for, for bits per byte.
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** The end-of-text token stands for none. */
export function byteLengths(tokenizer: Tokenizer): (id: number) => number {
  return (id) => (id === tokenizer.endOfText ? 0 : tokenizer.bytesOf(id).length);
}
