// Pairs of token sequences, read by position: a split on disk (pair-file.ts) or, here, a list in memory.

/**
 * The tokens of a text, and those of the text that is to be made of it. Neither side has special tokens.
 */
export interface Pair {
  readonly source: Int32Array;
  readonly target: Int32Array;
}

/**
 * Pairs in order, read by position: a split on disk, or a list in memory.
 */
export interface Pairs {
  readonly length: number;
  readonly longestSource: number;
  readonly longestTarget: number;
  /** Reads the pair of this index, which must exist. */
  at(index: number): Pair;
}

/**
 * Makes a list of pairs readable as a split is.
 * @example
 * import { pairsOf } from 'tsgpt';
 * const pairs = pairsOf([{ source: Int32Array.of(1, 2), target: Int32Array.of(2, 1) }]);
 * console.log(pairs.length, pairs.at(0).target);
 */
export function pairsOf(pairs: readonly Pair[]): Pairs {
  const longest = (side: keyof Pair) => pairs.reduce((most, pair) => Math.max(most, pair[side].length), 0);
  return {
    length: pairs.length,
    longestSource: longest('source'),
    longestTarget: longest('target'),
    at(index) {
      checkIndex(pairs.length, index);
      return pairs[index]!;
    },
  };
}

export function checkIndex(length: number, index: number): void {
  if (index >= 0 && index < length) return;
  throw new RangeError(`internal: pair ${index} asked for, but there are ${length}`);
}
