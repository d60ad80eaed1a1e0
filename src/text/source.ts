// A source of text is anything that can be read in pieces, and read again from the start.

/** Ends a document: written between documents in a text file, and the name of the token that does so. */
export const END_OF_TEXT = '<|endoftext|>';

/** Longer text is cut into pieces even where that may change a token, as within a word of millions of characters. */
export const LONGEST_PIECE = 2 ** 22;

/** A stretch of one document. A document is one or more pieces; only its last has `endsDocument`. */
export interface Piece {
  text: string;
  endsDocument: boolean;
  /** −ln of the probability of this document, on its last piece, where the text was generated. */
  nats?: number;
}

/**
 * A text that can be read from its start as often as it is needed.
 */
export interface TextSource {
  /** What the user asked for, in words: "3 files in poems/", "builtin:stories (20,000 stories, seed 1)". */
  readonly description: string;
  /** Each call reads from the start. */
  pieces(): AsyncIterable<Piece>;
  /** Removes what it keeps on disk, where it keeps any; that is also removed when the process ends. */
  close?(): void;
}
