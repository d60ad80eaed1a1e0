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

export const TOKENIZER_NAMES: readonly string[] = ['char', 'byte', 'bpe', ...ENCODINGS];
export const DEFAULT_VOCAB_SIZE = 4096;

export interface TokenizerOptions {
  /** The size of the vocabulary that `bpe` learns. */
  vocabSize?: number;
  onProgress?: (progress: LearnProgress) => void;
}

/** Throws for what tokenizerFor would refuse, before any text is read. */
export function checkTokenizer(spec: string, vocabSize?: number): void {
  if (spec !== 'bpe' && vocabSize !== undefined) {
    throw new UsageError(
      `vocab-size ${vocabSize} does not go with the tokenizer ${spec}, whose vocabulary is not chosen`,
      'leave --vocab-size out, or learn a vocabulary of that size with --tokenizer bpe',
    );
  }
  if (TOKENIZER_NAMES.includes(spec) || existsSync(spec)) return;
  throw new UsageError(
    `unknown tokenizer ${JSON.stringify(spec)}: neither a known name nor a folder or file`,
    didYouMean(spec, TOKENIZER_NAMES),
  );
}

/** `spec`: one of TOKENIZER_NAMES, else a saved tokenizer's folder or file. `char` and `bpe` learn from `source`. */
export async function tokenizerFor(
  spec: string,
  source: TextSource,
  { vocabSize, onProgress }: TokenizerOptions = {},
): Promise<Tokenizer> {
  checkTokenizer(spec, vocabSize);
  if (spec === 'bpe') return learnBpe(source, vocabSize ?? DEFAULT_VOCAB_SIZE, onProgress);
  if (spec === 'char') return learnCharacters(source);
  if (spec === 'byte') return byteTokenizer();
  return isEncoding(spec) ? tiktokenEncoding(spec) : loadTokenizer(spec);
}
