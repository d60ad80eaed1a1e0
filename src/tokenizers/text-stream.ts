// Decodes tokens that come one at a time, and never gives half a character.
import type { Tokenizer } from './tokenizer.ts';

export interface TextStream {
  /** The text that this token completes; '' in the middle of a character. */
  push(id: number): string;
  /** The rest of the text: U+FFFD for a character that was never finished. */
  end(): string;
}

export function createTextStream(tokenizer: Pick<Tokenizer, 'bytesOf'>): TextStream {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push: (id) => decoder.decode(tokenizer.bytesOf(id), { stream: true }),
    end: () => decoder.decode(),
  };
}
