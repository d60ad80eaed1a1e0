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
import { describePairSplit, type Splittable, splitterOf } from './pair-split.ts';
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
  const writeSplits = await splitterOf(splittable(source), options);
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
    splits: await writeSplits(
      (split) => new PairWriter(folder, split, largerVocabulary(options)),
      (pair, to) =>
        to.add(
          encoded(pair, 'source', sourceTokenizer),
          encoded(pair, 'target', tokenizer),
          utf8Length(pair.target),
        ),
    ),
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

function splittable(source: PairSource): Splittable<TextPair> {
  return {
    description: source.description,
    enough: ['pairs with at least three different sources', 'give more pairs'],
    items: () => source.pairs(),
    keyOf: ({ source }) => source,
    bytesOf: ({ source, target }) => utf8Length(source) + utf8Length(target),
  };
}

function encoded(pair: TextPair, side: keyof TextPair, tokenizer: Tokenizer): Uint32Array {
  const ids = tokenizer.encode(pair[side]);
  if (ids.length > 0) return ids;
  throw new TsgptError(
    `expected a ${side} of one token or more, but to the tokenizer ${tokenizer.name} ${JSON.stringify(pair[side])} has none`,
    'leave out the pair, or use a tokenizer that keeps all of a text: char, byte or bpe',
  );
}
