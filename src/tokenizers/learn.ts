// Learns a byte-pair tokenizer from a text. Its ids are the 256 bytes, then the merges, then the end-of-text token.
import { TsgptError, unexpected } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import type { TextSource } from '../text/source.ts';
import { BytePairTokenizer } from './byte-pair.ts';
import { BYTES } from './bytes.ts';
import { countWords } from './count-words.ts';
import { learnMerges } from './learn-merges.ts';
import { MAX_IDS } from './pair-ranks.ts';
import { GPT2_PATTERN } from './patterns.ts';
import { END_OF_TEXT } from './tokenizer.ts';

/** The size of a vocabulary that has learned nothing: the bytes and the end-of-text token. */
const UNLEARNED = 257;

export interface LearnProgress {
  /** 'short' is reported once, at the end, where the text had pairs enough for a smaller vocabulary only. */
  phase: 'count' | 'merge' | 'short';
  text: string;
}

/**
 * The vocabulary comes out smaller than `vocabSize` where no pair of tokens is left that occurs twice. The result
 * depends on the text alone, not on the pieces in which it is read.
 */
export async function learnBpe(
  source: TextSource,
  vocabSize: number,
  onProgress: (progress: LearnProgress) => void = () => {},
): Promise<BytePairTokenizer> {
  if (!(Number.isInteger(vocabSize) && vocabSize >= UNLEARNED && vocabSize <= MAX_IDS)) {
    throw unexpected(
      'vocab-size',
      `a whole number from ${UNLEARNED} (256 bytes, ${END_OF_TEXT}) to ${MAX_IDS}`,
      vocabSize,
    );
  }
  const words = await countWords(source, (read) =>
    onProgress({ phase: 'count', text: `counting words: ${formatCount(read)} characters` }),
  );
  if (words.size === 0) throw new TsgptError(`there is no text in ${source.description} to learn from`);
  const wanted = vocabSize - UNLEARNED;
  const merges = learnMerges(words, wanted, (done) =>
    onProgress({ phase: 'merge', text: `learning merges: ${formatCount(done)} of ${formatCount(wanted)}` }),
  );
  if (merges.length < wanted) {
    const reached = formatCount(UNLEARNED + merges.length);
    onProgress({
      phase: 'short',
      text: `the vocabulary has ${reached} tokens, not ${formatCount(vocabSize)}: no further pair of tokens occurs twice in ${source.description}`,
    });
  }
  return new BytePairTokenizer('bpe', vocabularyOf(merges));
}

function vocabularyOf(merges: readonly (readonly [number, number])[]) {
  const tokens = [...BYTES];
  for (const [left, right] of merges) tokens.push(tokens[left]! + tokens[right]!);
  return {
    idOf: new Map(tokens.map((token, id) => [token, id])),
    specials: new Map([[END_OF_TEXT, tokens.length]]),
    pattern: GPT2_PATTERN,
  };
}
