// Which tokens are parts of one word, so that whole words can be masked: letters and digits that stand side by side.
import type { Tokens } from '../../data/tokens.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';

/** A split whose words are known. */
export interface WordTokens extends Tokens {
  /** Whether token `id` goes on with the word that the token before it is of. */
  continues(before: number, id: number): boolean;
}

export function withWords(tokens: Tokens, tokenizer: Tokenizer): WordTokens {
  const edges = Array.from({ length: tokenizer.vocabSize }, (_, id) => edgesOf(tokenizer.bytesOf(id)));
  return {
    length: tokens.length,
    mix: tokens.mix,
    read: (start, count) => tokens.read(start, count),
    continues: (before, id) => edges[before]!.ends && edges[id]!.begins,
  };
}

/** Whether a token begins and ends within a word. A part of a character is taken for a letter's. */
function edgesOf(bytes: Uint8Array): { begins: boolean; ends: boolean } {
  const text = new TextDecoder().decode(bytes);
  return { begins: /^[\p{L}\p{M}\p{N}�]/u.test(text), ends: /[\p{L}\p{M}\p{N}�]$/u.test(text) };
}
