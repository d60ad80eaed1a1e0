// Texts of a batch as tensors, side by side and padded to the longest; for the caller to dispose of.
import * as tf from '#tfjs';
import type { PaddedPairs, PaddedTexts } from '../architectures/pair-model.ts';

export function paddedTexts(texts: readonly Int32Array[]): PaddedTexts {
  const S = longestOf(texts);
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

/** What is to be written, ends included: each token follows the one before it, and the first follows an end. */
export function paddedTargets(
  texts: readonly Int32Array[],
  end: number,
): Pick<PaddedPairs, 'inputs' | 'targets'> {
  const T = longestOf(texts);
  const inputs = new Int32Array(texts.length * T).fill(end);
  const targets = new Int32Array(texts.length * T).fill(-1);
  for (const [b, text] of texts.entries()) {
    inputs.set(text.subarray(0, -1), b * T + 1);
    targets.set(text, b * T);
  }
  return {
    inputs: tf.tensor2d(inputs, [texts.length, T], 'int32'),
    targets: tf.tensor2d(targets, [texts.length, T], 'int32'),
  };
}

function longestOf(texts: readonly Int32Array[]): number {
  return Math.max(...texts.map((text) => text.length));
}
