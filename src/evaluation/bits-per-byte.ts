// Bits per byte, which texts in different tokens can be compared by, and how many bytes of text each token stands for.
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/**
 * Tells how many bytes of text each token stands for, which bits per byte are computed from. Those that begin and end a text stand for none.
 * @example
 * import { byteLengths, loadTokenizer } from 'tsgpt';
 * const lengthOf = byteLengths(await loadTokenizer('tokenizer/poems'));
 * console.log(lengthOf(65));
 */
export function byteLengths(tokenizer: Tokenizer): (id: number) => number {
  const { endOfText, startOfText = [] } = tokenizer;
  const isText = (id: number) => id !== endOfText && !startOfText.includes(id);
  return (id) => (isText(id) ? tokenizer.bytesOf(id).length : 0);
}

export function bitsPerByte({ nats, bytes }: { nats: number; bytes: number }): number {
  return nats / Math.LN2 / bytes;
}
