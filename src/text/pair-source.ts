// A source of pairs of texts is, as a source of text is, anything that can be read, and read again from the start.
import type { Piece, TextSource } from './source.ts';

/**
 * A text, and the text that is to be made of it.
 */
export interface TextPair {
  readonly source: string;
  readonly target: string;
}

/** The tokenizers that suit, by the names that a user gives them. Without one for the sources both sides share one. */
export interface PairTokenizers {
  readonly target: string;
  readonly source?: string;
}

/**
 * Pairs of texts that can be read from their start as often as they are needed.
 */
export interface PairSource {
  /** What the user asked for, in words: "pairs.tsv", "builtin:dates (20,000 pairs, seed 1)". */
  readonly description: string;
  /** The greatest share of targets that can be told exactly, where that is known. */
  readonly ceiling?: number;
  readonly tokenizers?: PairTokenizers;
  /** Each call reads from the start. */
  pairs(): AsyncIterable<TextPair>;
}

/** The texts of these sides, each a document: what a tokenizer is learned from. */
export function textOfPairs(source: PairSource, ...sides: (keyof TextPair)[]): TextSource {
  return {
    description: source.description,
    async *pieces(): AsyncGenerator<Piece> {
      for await (const pair of source.pairs())
        for (const side of sides) yield { text: pair[side], endsDocument: true };
    },
  };
}
