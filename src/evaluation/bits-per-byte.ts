// Bits per byte, which texts in different tokens can be compared by, and how many bytes of text each token stands for.
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/**
 * Tells how many bytes of text each token stands for, which bits per byte are computed from. End-of-text stands for none.
 * @example
 * import { byteLengths, loadTokenizer } from 'tsgpt';
 * const lengthOf = byteLengths(await loadTokenizer('tokenizer/poems'));
 * console.log(lengthOf(65));
 */
export function byteLengths(tokenizer: Tokenizer): (id: number) => number {
  return (id) => (id === tokenizer.endOfText ? 0 : tokenizer.bytesOf(id).length);
}

export function bitsPerByte({ nats, bytes }: { nats: number; bytes: number }): number {
  return nats / Math.LN2 / bytes;
}
