// Batches of pairs: drawn at random, a pure function of (seed, step, micro-batch), and padded to the longest of each side.
import * as tf from '#tfjs';
import type { PaddedPairs, PaddedTexts } from '../../architectures/pair-model.ts';
import { TsgptError } from '../../base/errors.ts';
import { keyFor, Stream } from '../../base/random.ts';
import type { Pair, Pairs } from '../../data/pairs.ts';
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

export function drawn(pairs: Pairs, { batchSize, seed, step, micro }: BatchPlace): Pair[] {
  const random = new Stream(keyFor(seed, 'batch', step, micro));
  return Array.from({ length: batchSize }, () => pairs.at(random.below(pairs.length)));
}

/** Each target's tokens and its end are predicted. */
export function batchOf(pairs: readonly Pair[]): PairBatch {
  const counted = pairs.reduce((sum, { target }) => sum + target.length + 1, 0);
  const size = pairs.reduce((sum, { source }) => sum + source.length, counted);
  return { pairs, size, counted };
}

/** The batch as tensors, for the caller to dispose of. */
export function paddedPairs(pairs: readonly Pair[], end: number): PaddedPairs {
  const T = Math.max(...pairs.map(({ target }) => target.length + 1));
  const inputs = new Int32Array(pairs.length * T).fill(end);
  const targets = new Int32Array(pairs.length * T).fill(-1);
  for (const [b, { target }] of pairs.entries()) {
    inputs.set(target, b * T + 1);
    targets.set(target, b * T);
    targets[b * T + target.length] = end;
  }
  return {
    sources: paddedTexts(pairs.map(({ source }) => source)),
    inputs: tf.tensor2d(inputs, [pairs.length, T], 'int32'),
    targets: tf.tensor2d(targets, [pairs.length, T], 'int32'),
  };
}

export function paddedTexts(texts: readonly Int32Array[]): PaddedTexts {
  const S = Math.max(...texts.map((text) => text.length));
  const ids = new Int32Array(texts.length * S);
  for (const [b, text] of texts.entries()) ids.set(text, b * S);
  return {
    ids: tf.tensor2d(ids, [texts.length, S], 'int32'),
    lengths: tf.tensor1d(
      texts.map((text) => text.length),
      'int32',
    ),
  };
}
