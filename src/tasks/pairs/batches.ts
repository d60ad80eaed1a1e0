// Batches of pairs: drawn at random, a pure function of (seed, step, micro-batch), and padded to the longest of each side.
import type { PaddedPairs } from '../../architectures/pair-model.ts';
import { TsgptError } from '../../base/errors.ts';
import type { Pair, Pairs } from '../../data/pairs.ts';
import { drawn } from '../drawn.ts';
import { paddedTargets, paddedTexts } from '../padded.ts';
import type { Batch, BatchPlace } from '../task.ts';

export interface PairBatch extends Batch {
  pairs: readonly Pair[];
}

/** Refuses a split with a text that is longer than the context; a target also has its end. */
export function checkLengths({ longestSource, longestTarget }: Pairs, context: number): void {
  const needed = Math.max(longestSource, longestTarget + 1);
  if (needed <= context) return;
  throw new TsgptError(
    `expected sources of at most ${context} tokens and targets of at most ${context - 1}, as the context is ${context}, ` +
      `but the longest have ${longestSource} and ${longestTarget}`,
    `raise it: --context ${needed}; or leave the long pairs out`,
  );
}

export function batchAt(pairs: Pairs, place: BatchPlace): PairBatch {
  checkLengths(pairs, place.context);
  return batchOf(drawn(pairs, place));
}

/** Each target's tokens and its end are predicted. */
export function batchOf(pairs: readonly Pair[]): PairBatch {
  const counted = pairs.reduce((sum, { target }) => sum + target.length + 1, 0);
  const size = pairs.reduce((sum, { source }) => sum + source.length, counted);
  return { pairs, size, counted };
}

/** The batch as tensors, for the caller to dispose of. */
export function paddedPairs(pairs: readonly Pair[], end: number): PaddedPairs {
  const targets = pairs.map(({ target }) => Int32Array.of(...target, end));
  return { sources: paddedTexts(pairs.map(({ source }) => source)), ...paddedTargets(targets, end) };
}
