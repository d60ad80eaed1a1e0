// Learns a byte-pair tokenizer from a text. Its ids are the 256 bytes, then the merges, then the special tokens.
import { TsgptError, UsageError, unexpected } from '../base/errors.ts';
import { formatBytes, formatCount } from '../base/format.ts';
import type { TextSource } from '../text/source.ts';
import { BytePairTokenizer, type Vocabulary } from './byte-pair.ts';
import { BYTES, binaryOf } from './bytes.ts';
import { learnFrom } from './learner.ts';
import { MAX_IDS } from './pair-ranks.ts';
import { SPLIT_PATTERNS, type SplitName } from './patterns.ts';
import type { LearnedMerges } from './plain-learner.ts';
import { END_OF_TEXT } from './tokenizer.ts';

/** A pair that occurs once is not worth a token. */
const LEAST_COUNT = 2;

export interface LearnProgress {
  /**
   * 'memory' is reported once, when C++ has learned; 'short' at the end, where the text had pairs enough for a smaller
   * vocabulary only.
   */
  phase: 'count' | 'merge' | 'memory' | 'short';
  text: string;
}

export interface LearnOptions {
  /** How text is split into words, within which bytes are merged: as GPT-2 does it, unless said otherwise. */
  split?: SplitName;
  /** Special tokens beside the end of text. */
  specials?: readonly string[];
  /** A pair must occur so often to become a token: twice, unless said otherwise. */
  minCount?: number;
}

/**
 * The vocabulary comes out smaller than `vocabSize` where no pair of tokens is left that occurs often enough. The result
 * depends on the text alone, not on the pieces in which it is read.
 */
export async function learnBpe(
  source: TextSource,
  vocabSize: number,
  onProgress: (progress: LearnProgress) => void = () => {},
  { split = 'gpt2', specials: more = [], minCount = LEAST_COUNT }: LearnOptions = {},
): Promise<BytePairTokenizer> {
  const specials = [END_OF_TEXT, ...more];
  check(vocabSize, specials, minCount);
  const pattern = SPLIT_PATTERNS[split];
  const unlearned = BYTES.length + specials.length;
  const wanted = vocabSize - unlearned;
  const merges = await learnFrom(
    source,
    { pattern, merges: wanted, least: minCount },
    {
      characters: (read) =>
        onProgress({ phase: 'count', text: `counting words: ${formatCount(read)} characters` }),
      merges: (done) =>
        onProgress({
          phase: 'merge',
          text: `learning merges: ${formatCount(done)} of ${formatCount(wanted)}`,
        }),
      memory: (words, bytes) =>
        onProgress({
          phase: 'memory',
          text: `${formatCount(words)} different words, and their pairs, took ${formatBytes(bytes)} of memory`,
        }),
    },
  );
  if (merges === undefined) throw new TsgptError(`there is no text in ${source.description} to learn from`);
  if (merges.length < wanted) {
    const reached = formatCount(unlearned + merges.length);
    const often = minCount === 2 ? 'twice' : `${formatCount(minCount)} times`;
    onProgress({
      phase: 'short',
      text: `the vocabulary has ${reached} tokens, not ${formatCount(vocabSize)}: no further pair of tokens occurs ${often} in ${source.description}`,
    });
  }
  return new BytePairTokenizer('bpe', vocabularyOf(merges, specials, pattern));
}

function check(vocabSize: number, specials: readonly string[], minCount: number): void {
  const least = BYTES.length + specials.length;
  if (!(Number.isInteger(vocabSize) && vocabSize >= least && vocabSize <= MAX_IDS)) {
    const held = [`${BYTES.length} bytes`, ...specials].join(', ');
    throw unexpected('vocab-size', `a whole number from ${least} (${held}) to ${MAX_IDS}`, vocabSize);
  }
  if (!(Number.isInteger(minCount) && minCount >= 1))
    throw unexpected('min-count', 'a whole number above 0', minCount);
  const wrong = specials.find((special, i) => special.trim() === '' || specials.indexOf(special) < i);
  if (wrong === undefined) return;
  throw new UsageError(
    `expected special tokens that are not empty, each once, but got ${JSON.stringify(wrong)}`,
    `${END_OF_TEXT} is always one`,
  );
}

function vocabularyOf(merges: LearnedMerges, specials: readonly string[], pattern: string): Vocabulary {
  const tokens = [...BYTES];
  for (const [left, right] of merges) tokens.push(tokens[left]! + tokens[right]!);
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const learned = specials.find((special) => idOf.has(binaryOf(special)));
  if (learned !== undefined)
    throw new UsageError(
      `${JSON.stringify(learned)} was learned as an ordinary token, and cannot be a special one`,
      'write special tokens as no text has them, such as <|user|>',
    );
  return { idOf, specials: new Map(specials.map((special, i) => [special, tokens.length + i])), pattern };
}
