// Makes the tokenizer that `--tokenizer` names.
import { existsSync } from 'node:fs';
import { UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import type { TextSource } from '../text/source.ts';
import { byteTokenizer } from './byte-pair.ts';
import { learnCharacters } from './char.ts';
import { ENCODINGS, isEncoding, tiktokenEncoding } from './encodings.ts';
import { type LearnProgress, learnBpe } from './learn.ts';
import { loadTokenizer } from './store.ts';
import type { Tokenizer } from './tokenizer.ts';
import { learnWords } from './word.ts';
import { WORD_SPLITS } from './word-pattern.ts';

export const TOKENIZER_NAMES: readonly string[] = ['char', 'byte', ...WORD_SPLITS, 'bpe', ...ENCODINGS];
export const DEFAULT_VOCAB_SIZE = 4096;

/** That of the classic papers. */
const DEFAULT_WORDS = 10_000;

export interface TokenizerOptions {
  /** The size of the vocabulary that `bpe`, `word` or `whitespace` learns. */
  vocabSize?: number;
  /** For `word` and `whitespace`: whether case is dropped, and how often a word must occur to be kept. */
  lowercase?: boolean;
  minCount?: number;
  onProgress?: (progress: LearnProgress) => void;
}

/** Throws for what tokenizerFor would refuse, before any text is read. */
export function checkTokenizer(
  spec: string,
  { vocabSize, lowercase, minCount }: Omit<TokenizerOptions, 'onProgress'> = {},
): void {
  const split = WORD_SPLITS.find((name) => name === spec);
  if (spec !== 'bpe' && split === undefined && vocabSize !== undefined) {
    throw new UsageError(
      `vocab-size ${vocabSize} does not go with the tokenizer ${spec}, whose vocabulary is not chosen`,
      'leave --vocab-size out, or learn a vocabulary of that size with --tokenizer bpe',
    );
  }
  if (split === undefined && (lowercase || minCount !== undefined)) {
    throw new UsageError(
      `lowercase and min-count do not go with the tokenizer ${spec}`,
      'leave them out, or count words with --tokenizer word',
    );
  }
  if (TOKENIZER_NAMES.includes(spec) || existsSync(spec)) return;
  throw new UsageError(
    `unknown tokenizer ${JSON.stringify(spec)}: neither a known name nor a folder or file`,
    didYouMean(spec, TOKENIZER_NAMES),
  );
}

/**
 * Gives the tokenizer of that name. `char`, `word`, `whitespace` and `bpe` are learned from the text.
 * @param spec `char`, `byte`, `word`, `whitespace`, `bpe`, an encoding of OpenAI's such as `gpt2`, or a saved tokenizer's folder or file.
 * @param options `vocabSize` is for `bpe` and words; `lowercase` and `minCount` are for words.
 * @example
 * import { openText, tokenizerFor } from 'tsgpt';
 * const tokenizer = await tokenizerFor('bpe', await openText(['poems/']), { vocabSize: 2048 });
 * console.log(tokenizer.decode(tokenizer.encode('The moon')));
 */
export async function tokenizerFor(
  spec: string,
  source: TextSource,
  { vocabSize, lowercase, minCount, onProgress }: TokenizerOptions = {},
): Promise<Tokenizer> {
  checkTokenizer(spec, {
    ...(vocabSize !== undefined && { vocabSize }),
    ...(lowercase !== undefined && { lowercase }),
    ...(minCount !== undefined && { minCount }),
  });
  const split = WORD_SPLITS.find((name) => name === spec);
  const words = vocabSize ?? DEFAULT_WORDS;
  if (split) return learnWords(source, { vocabSize: words, lowercase, split, minCount }, onProgress);
  if (spec === 'bpe') return learnBpe(source, vocabSize ?? DEFAULT_VOCAB_SIZE, onProgress);
  if (spec === 'char') return learnCharacters(source);
  if (spec === 'byte') return byteTokenizer();
  return isEncoding(spec) ? tiktokenEncoding(spec) : loadTokenizer(spec);
}
