// Bits per byte, which texts in different tokens can be compared by, and how many bytes of text each token stands for.
import { utf8Length } from '../text/utf8.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** `before`: the token before it, if it is known; the first token of a text may begin with a space that is not the text's. */
export type ByteLength = (id: number, before?: number) => number;

/**
 * Tells how many bytes of text each token stands for, which bits per byte are computed from. Those that begin and end a text stand for none.
 * @example
 * import { byteLengths, loadTokenizer } from 'tsgpt';
 * const lengthOf = byteLengths(await loadTokenizer('tokenizer/poems'));
 * console.log(lengthOf(65));
 */
export function byteLengths(tokenizer: Tokenizer): ByteLength {
  const { endOfText, startOfText = [] } = tokenizer;
  const isText = (id: number) => id !== endOfText && !startOfText.includes(id);
  return (id, before) => {
    if (!isText(id)) return 0;
    const bytes = tokenizer.bytesOf(id);
    const isFirst = before !== undefined && !isText(before);
    return bytes.length - (isFirst ? strippedFrom(bytes, tokenizer.decode([id])) : 0);
  };
}

/** Bytes of a token that are not decoded at the beginning of a text. */
function strippedFrom(bytes: Uint8Array, decoded: string): number {
  const whole = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes); // of half a character as it is decoded
  return utf8Length(whole) - utf8Length(decoded);
}

export function bitsPerByte({ nats, bytes }: { nats: number; bytes: number }): number {
  return nats / Math.LN2 / bytes;
}
