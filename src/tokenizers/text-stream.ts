// Decodes tokens that come one at a time, and never gives half a character.
import type { Tokenizer } from './tokenizer.ts';

export interface TextStream {
  /** The text that this token completes; '' in the middle of a character. */
  push(id: number): string;
  /** The rest of the text: U+FFFD for a character that was never finished. */
  end(): string;
}

export function createTextStream(tokenizer: Pick<Tokenizer, 'bytesOf' | 'kind'>): TextStream {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let beginsLine = false;
  return {
    push(id) {
      const text = decoder.decode(tokenizer.bytesOf(id), { stream: true });
      if (tokenizer.kind !== 'word') return text;
      const word = beginsLine ? text.replace(/^ /, '') : text; // words come with the space before them
      beginsLine = text.endsWith('\n');
      return word;
    },
    end: () => decoder.decode(),
  };
}
