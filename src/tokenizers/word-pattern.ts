// What a word tokenizer takes for a word.

export const UNKNOWN = '<unk>';
/** Letters, with apostrophes inside; digits; a line break; any other character by itself. Nothing else is a token. */
export const WORD_PATTERN = "\\p{L}[\\p{L}\\p{M}]*(?:'[\\p{L}\\p{M}]+)*|\\p{N}+|\\n|[^\\s\\p{L}\\p{N}]";
