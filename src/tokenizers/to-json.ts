// The Hugging Face tokenizer.json of our tokenizers. Byte-pair tokenizers spell their split pattern out (Split, then
// ByteLevel without its own) because transformers.js's built-in one splits at JavaScript's \s, not at White_Space.
import { symbolsOf } from './bytes.ts';
import type { Merge } from './merges.ts';
import { END_OF_TEXT, type TokenizerJson } from './tokenizer.ts';
import { UNKNOWN, WORD_PATTERNS, type WordSplit } from './word-pattern.ts';

interface BytePair {
  idOf: ReadonlyMap<string, number>;
  merges: readonly Merge[];
  pattern: string;
  specials: ReadonlyMap<string, number>;
}

export function bytePairJson({ idOf, merges, pattern, specials }: BytePair): TokenizerJson {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
  const split = { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false };
  const tokens = [...idOf].map(([token, id]): [string, number] => [symbolsOf(token), id]);
  return tokenizerJson({
    pre_tokenizer: merges.length === 0 ? byteLevel : { type: 'Sequence', pretokenizers: [split, byteLevel] },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    vocabulary: [...tokens, ...specials],
    merges: merges.map(([left, right]) => `${symbolsOf(left)} ${symbolsOf(right)}`),
    specials: [...specials],
  });
}

/** The whole text is a single word, and without merges a word is encoded as single characters. */
export function charJson(characters: readonly string[], endOfText: number | undefined): TokenizerJson {
  const specials: [string, number][] = endOfText === undefined ? [] : [[END_OF_TEXT, endOfText]];
  return tokenizerJson({
    pre_tokenizer: null,
    decoder: { type: 'Fuse' },
    vocabulary: [...characters.map((character, id): [string, number] => [character, id]), ...specials],
    merges: [],
    specials,
  });
}

/** The words are the pattern's matches: what is between them is dropped. */
export function wordJson(
  words: readonly string[],
  { lowercase, split }: { lowercase: boolean; split: WordSplit },
): TokenizerJson {
  const specials: [string, number][] = [
    [UNKNOWN, words.length],
    [END_OF_TEXT, words.length + 1],
  ];
  const vocabulary = [...words.map((word, id): [string, number] => [word, id]), ...specials];
  return {
    ...tokenizerJson({
      pre_tokenizer: {
        type: 'Split',
        pattern: { Regex: WORD_PATTERNS[split] },
        behavior: 'Removed',
        invert: true,
      },
      decoder: null,
      vocabulary: [],
      merges: [],
      specials,
    }),
    normalizer: lowercase ? { type: 'Lowercase' } : null,
    model: { type: 'WordLevel', vocab: Object.fromEntries(vocabulary), unk_token: UNKNOWN },
  };
}

interface Parts {
  pre_tokenizer: unknown;
  decoder: unknown;
  vocabulary: [string, number][];
  merges: string[];
  specials: [string, number][];
}

/** Of a model that merges; others replace `model`. */
export function tokenizerJson({
  pre_tokenizer,
  decoder,
  vocabulary,
  merges,
  specials,
}: Parts): TokenizerJson {
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specials.map(([content, id]) => ({ id, content, ...plain })),
    normalizer: null,
    pre_tokenizer,
    post_processor: null,
    decoder,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary.sort(([, a], [, b]) => a - b)),
      merges,
    },
  };
}
