// How several tokenizers encode the same text.
import type { TextSource } from '../text/source.ts';
import { utf8Length } from '../text/utf8.ts';
import { piecesToEncode } from './boundary.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface TokenizerShare {
  name: string;
  vocabSize: number;
  tokens: number;
  bytes: number;
  bytesPerToken: number;
  /** How many of its kinds of token occur. */
  used: number;
}

export async function compareTokenizers(
  tokenizers: readonly Tokenizer[],
  source: TextSource,
): Promise<TokenizerShare[]> {
  const shares: TokenizerShare[] = [];
  for (const tokenizer of tokenizers) {
    const used = new Set<number>();
    let [tokens, bytes] = [0, 0];
    for await (const { text } of piecesToEncode(source.pieces(), tokenizer)) {
      const ids = tokenizer.encode(text);
      for (const id of ids) used.add(id);
      tokens += ids.length;
      bytes += utf8Length(text);
    }
    const { name, vocabSize } = tokenizer;
    shares.push({ name, vocabSize, tokens, bytes, bytesPerToken: bytes / tokens, used: used.size });
  }
  return shares;
}
