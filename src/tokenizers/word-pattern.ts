// What tokenizers of words take for a word.

export const UNKNOWN = '<unk>';

export const WORD_PATTERNS = {
  /** Letters, with apostrophes inside; digits; a line break; any other character by itself. Nothing else is a token. */
  word: "\\p{L}[\\p{L}\\p{M}]*(?:'[\\p{L}\\p{M}]+)*|\\p{N}+|\\n|[^\\s\\p{L}\\p{N}]",
  /** What stands between white space, as labels and texts that are tokenized already do. */
  whitespace: '\\S+',
} as const;

export type WordSplit = keyof typeof WORD_PATTERNS;
export const WORD_SPLITS = Object.keys(WORD_PATTERNS) as WordSplit[];
