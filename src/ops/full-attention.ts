// fullAttention: each position looks at all of a row's positions, its own or another text's, but not at what pads them.
// q (B, T, C), k and v (B, S, C), lengths (B): how many of the S are the row's own, at least one → (B, T, C)
import * as tf from '#tfjs';
import { attend, MASKED } from './attention.ts';
import { dims } from './check.ts';
import { type Dropout, dropoutAttributes } from './dropout.ts';
import { kernelOr } from './kernel.ts';

/** What attention compares and mixes: the queries, and the keys and values of what they look at. */
export interface AttentionInputs {
  q: tf.Tensor3D;
  k: tf.Tensor3D;
  v: tf.Tensor3D;
}

/** Dropout falls on the attention weights, element (b, h, i, j) of (B, H, T, S). */
export function fullAttention(
  { q, k, v }: AttentionInputs,
  lengths: tf.Tensor1D,
  heads: number,
  drop?: Dropout,
): tf.Tensor3D {
  const { S, C } = dims('fullAttention', {
    q: [q, 'B T C'],
    k: [k, 'B S C'],
    v: [v, 'B S C'],
    lengths: [lengths, 'B', 'int32'],
  });
  if (C! % heads !== 0)
    throw new Error(`fullAttention: expected C to be a multiple of ${heads} heads, but got ${C}`);
  return kernelOr('FullAttention', { q, k, v }, { lengths }, { heads, ...dropoutAttributes(drop) }, () => {
    const split = (x: tf.Tensor3D) =>
      x.reshape([x.shape[0], x.shape[1], heads, C! / heads]).transpose<tf.Tensor4D>([0, 2, 1, 3]); // (B, H, T, D)
    return attend([split(q), split(k), split(v)], paddingMask(lengths, S!), drop);
  });
}

/** 0 for each of a row's positions, and beyond them what no score makes up for: (B, 1, 1, S) */
export function paddingMask(lengths: tf.Tensor1D, S: number): tf.Tensor {
  const isPadding = tf.range(0, S, 1, 'int32').greaterEqual(lengths.reshape([-1, 1, 1, 1])); // (B, 1, 1, S)
  return isPadding.toFloat().mul(MASKED);
}
