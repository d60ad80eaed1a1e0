// The tokenizers of pairs of texts: one for both sides, or one for each.
import { type PairSource, textOfPairs } from '../text/pair-source.ts';
import { type TokenizerOptions, tokenizerFor } from './choose.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface PairTokenizerSpecs {
  /** That of the targets; where no other is named, of the sources too. */
  tokenizer: string;
  /** One that is apart from the targets', even where it is of the same kind. */
  sourceTokenizer?: string | undefined;
}

export interface TokenizersOfPairs {
  /** The targets'. */
  tokenizer: Tokenizer;
  sourceTokenizer: Tokenizer;
}

/** What the user names, else what suits the pairs; pairs whose sides differ in kind have a tokenizer for each. */
export function pairTokenizerSpecs(
  given: Partial<PairTokenizerSpecs>,
  { tokenizers: suited }: PairSource,
): PairTokenizerSpecs {
  const tokenizer = given.tokenizer ?? suited?.target ?? 'bpe';
  const separate = suited?.source && (given.tokenizer ?? suited.source);
  return { tokenizer, sourceTokenizer: given.sourceTokenizer ?? separate };
}

/**
 * Gives the tokenizers of those names, learned from the pairs where their kind is.
 * @param options For the targets' tokenizer, and for the sources' where it is of the same kind.
 * @example
 * import { openPairs, tokenizersOfPairs } from 'tsgpt';
 * const pairs = await openPairs('phrases.tsv');
 * const { tokenizer, sourceTokenizer } = await tokenizersOfPairs({ tokenizer: 'char' }, pairs);
 * console.log(tokenizer === sourceTokenizer); // true: one for both sides, as no other is named for the sources
 */
export async function tokenizersOfPairs(
  specs: PairTokenizerSpecs,
  pairs: PairSource,
  options: TokenizerOptions = {},
): Promise<TokenizersOfPairs> {
  const { tokenizer: spec, sourceTokenizer: sourceSpec } = specs;
  if (sourceSpec === undefined) {
    const shared = await tokenizerFor(spec, textOfPairs(pairs, 'source', 'target'), options);
    return { tokenizer: shared, sourceTokenizer: shared.source ?? shared }; // a saved one may have its sources' beside it
  }
  const { onProgress } = options;
  const sourceOptions = sourceSpec === spec ? options : onProgress ? { onProgress } : {};
  const named = await tokenizerFor(sourceSpec, textOfPairs(pairs, 'source'), sourceOptions);
  return {
    tokenizer: await tokenizerFor(spec, textOfPairs(pairs, 'target'), options),
    sourceTokenizer: named.source ?? named,
  };
}
