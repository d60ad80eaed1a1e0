// Makes a prepared folder of pairs of texts: tokens and ends of a training, a validation and a test split, the tokenizers' files
// and meta.json. The pairs are read twice: once to split them, and once to encode them.
import { TsgptError, unexpected } from '../base/errors.ts';
import type { PairSource, TextPair } from '../text/pair-source.ts';
import { utf8Length } from '../text/utf8.ts';
import type { TokenizersOfPairs } from '../tokenizers/for-pairs.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { PrepareProgress } from './encode.ts';
import { dtypeFor, type PairMeta } from './meta.ts';
import { PairWriter } from './pair-file.ts';
import {
  describePairSplit,
  PAIR_SPLITS,
  type PairSplitName,
  type PairSplitRule,
  splitOf,
} from './pair-split.ts';
import { checkReplaceable, checkSeed, describeTokenizer, writePrepared } from './prepared-folder.ts';

const MOST_LABELS = 1000;

export interface PreparePairsOptions extends TokenizersOfPairs {
  source: PairSource;
  out: string;
  /** The share of the pairs that is held back for validation; as many more are held back for a test. */
  valFraction: number;
  seed: number;
  onProgress?: (progress: PrepareProgress) => void;
}

/**
 * Encodes pairs of texts into the tokens of a training, a validation and a test split, and writes them to a folder. Pairs with
 * the same source are in the same split.
 * @param options `tokenizer` is the targets'. `out` may hold an earlier preparation, which is replaced.
 * @returns What meta.json says.
 * @example
 * import { openPairs, preparePairs, tokenizersOfPairs } from 'tsgpt';
 * const source = await openPairs('builtin:dates', { count: 5000 });
 * const tokenizers = await tokenizersOfPairs({ tokenizer: 'char' }, source);
 * const meta = await preparePairs({ source, ...tokenizers, out: 'data/dates', valFraction: 0.1, seed: 1 });
 * console.log(meta.splits.test.pairs);
 */
export async function preparePairs(options: PreparePairsOptions): Promise<PairMeta> {
  const { source, tokenizer, sourceTokenizer, out, valFraction, seed } = options;
  checkPairValFraction(valFraction);
  checkSeed(seed);
  checkReplaceable(out);
  const { rule, bytes } = await splitPairs(options);
  return writePrepared(out, options, async (folder) => ({
    format: 1,
    kind: 'pairs',
    dtype: dtypeFor(largerVocabulary(options)),
    tokenizer: describeTokenizer(tokenizer),
    sourceTokenizer: describeTokenizer(sourceTokenizer),
    source: source.description,
    seed,
    valFraction,
    splitRule: describePairSplit(valFraction),
    ...labelsOf(options),
    ...(source.ceiling !== undefined && { ceiling: source.ceiling }),
    splits: await writeSplits(folder, options, rule, bytes),
  }));
}

export function checkPairValFraction(valFraction: number): void {
  if (valFraction > 0 && valFraction < 0.5) return;
  throw unexpected('valFraction', 'a number above 0 and below 0.5 (the test split is as large)', valFraction);
}

/** Words that only targets have, and few of them, may be labels: which may follow one another, their names tell. */
function labelsOf({ tokenizer, sourceTokenizer }: TokenizersOfPairs): Pick<PairMeta, 'labels'> {
  const { kind, vocabSize, fingerprint } = tokenizer;
  if (kind !== 'word' || vocabSize > MOST_LABELS || fingerprint === sourceTokenizer.fingerprint) return {};
  const words = vocabSize - 2; // after them come the unknown token and the end of a text
  return { labels: Array.from({ length: words }, (_, id) => tokenizer.decode([id])) };
}

function largerVocabulary({ tokenizer, sourceTokenizer }: TokenizersOfPairs): number {
  return Math.max(tokenizer.vocabSize, sourceTokenizer.vocabSize);
}

async function splitPairs(options: PreparePairsOptions): Promise<{ rule: PairSplitRule; bytes: number }> {
  const { source } = options;
  const ways = { keyOf: ({ source }: TextPair) => source, bytesOf };
  const { rule, bytes } = await splitOf(source.pairs(), ways, options);
  if (rule !== undefined) return { rule, bytes };
  throw new TsgptError(
    `expected pairs with at least three different sources, one for each split, but ${source.description} has fewer`,
    'give more pairs',
  );
}

/** Writes the token files of all splits, and returns what they hold. */
async function writeSplits(
  folder: string,
  options: PreparePairsOptions,
  rule: PairSplitRule,
  totalBytes: number,
): Promise<PairMeta['splits']> {
  const { source, tokenizer, sourceTokenizer, onProgress } = options;
  const open = (split: PairSplitName) => new PairWriter(folder, split, largerVocabulary(options));
  const files = { train: open('train'), val: open('val'), test: open('test') };
  try {
    let bytes = 0;
    for await (const pair of source.pairs()) {
      const ids = [encoded(pair, 'source', sourceTokenizer), encoded(pair, 'target', tokenizer)] as const;
      files[rule(pair.source)].add(...ids, utf8Length(pair.target));
      bytes += bytesOf(pair);
      onProgress?.({ phase: 'encode', bytes, totalBytes });
    }
    if (bytes !== totalBytes)
      throw new TsgptError(`${source.description} changed while it was read`, 'prepare it again');
    return { train: files.train.finish(), val: files.val.finish(), test: files.test.finish() };
  } finally {
    for (const split of PAIR_SPLITS) files[split].close();
  }
}

function bytesOf({ source, target }: TextPair): number {
  return utf8Length(source) + utf8Length(target);
}

function encoded(pair: TextPair, side: keyof TextPair, tokenizer: Tokenizer): Uint32Array {
  const ids = tokenizer.encode(pair[side]);
  if (ids.length > 0) return ids;
  throw new TsgptError(
    `expected a ${side} of one token or more, but to the tokenizer ${tokenizer.name} ${JSON.stringify(pair[side])} has none`,
    'leave out the pair, or use a tokenizer that keeps all of a text: char, byte or bpe',
  );
}
