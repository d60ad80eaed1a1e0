// causalAttention: each position looks at itself and what came before. qkv (B, T, 3C) → (B, T, C)
// cachedAttention: causal attention of new positions to themselves and to those in a KV cache; no gradient.
import * as tf from '#tfjs';
import type { Cached } from './attention-cache.ts';
import { dims } from './check.ts';
import { type Dropout, dropout, dropoutAttributes } from './dropout.ts';
import { hasKernel, kernelOr, runKernel } from './kernel.ts';

export const MASKED = -1e9; // exp(MASKED − anything a model produces) is exactly 0 in float32

/** Dropout falls on the attention weights, element (b, h, i, j) of (B, H, T, T). */
export function causalAttention(qkv: tf.Tensor3D, heads: number, drop?: Dropout): tf.Tensor3D {
  checkHeads('causalAttention', qkv, heads);
  return kernelOr('CausalAttention', { qkv }, {}, { heads, ...dropoutAttributes(drop) }, () => {
    const parts = splitHeads(qkv, heads);
    return attend(parts, causalMask(qkv.shape[1], qkv.shape[1]), drop);
  });
}

/**
 * New positions of some rows' texts, after those in the cache. qkv (B, T, 3C) → (B, T, C). Kernel CachedAttention writes
 * their keys and values in place; inputs { qkv, keys, values, rows: (B, 2) int32, place and length }, attrs { heads }.
 */
export function cachedAttention(qkv: tf.Tensor3D, heads: number, { cache, rows }: Cached): tf.Tensor3D {
  checkHeads('cachedAttention', qkv, heads);
  const [B, T, E] = qkv.shape;
  if (rows.places.length !== B)
    throw new Error(`cachedAttention: expected ${B} rows of a cache, but got ${rows.places.length}`);
  return tf.tidy(() => {
    if (hasKernel('CachedAttention')) {
      const [keys, values] = cache.reserve(rows, T, heads, E / 3 / heads);
      return runKernel(
        'CachedAttention',
        { qkv, keys, values, rows: rows.table },
        { heads },
      )[0] as tf.Tensor3D;
    }
    const parts = B === 1 ? [qkv] : tf.split<tf.Tensor3D>(qkv, B);
    const mixed = parts.map((part, b) => {
      const [q, k, v] = splitHeads(part, heads);
      const [keys, values] = cache.append(rows.places[b]!, rows.lengths[b]!, k, v);
      return attend([q, keys, values], causalMask(T, keys.shape[2]));
    });
    return B === 1 ? mixed[0]! : tf.concat(mixed);
  });
}

function checkHeads(op: string, qkv: tf.Tensor3D, heads: number): void {
  const { E } = dims(op, { qkv: [qkv, 'B T E'] });
  if (E! % (3 * heads) !== 0)
    throw new Error(`${op}: expected 3·C with C a multiple of ${heads} heads, but got ${E}`);
}

/** (B, T, 3C) → three of (B, H, T, D) */
function splitHeads(qkv: tf.Tensor3D, heads: number): [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D] {
  const [B, T, E] = qkv.shape;
  const parts = qkv.reshape([B, T, 3, heads, E / 3 / heads]).transpose([2, 0, 3, 1, 4]); // (3, B, H, T, D)
  return tf.unstack(parts) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
}

/** q (B, H, T, D), k and v (B, H, S, D), mask (…, T, S) that is added to the scores → (B, T, H·D) */
export function attend(
  [q, k, v]: [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D],
  mask: tf.Tensor,
  drop?: Dropout,
): tf.Tensor3D {
  const [B, H, T, D] = q.shape;
  const scores = tf.matMul(q.mul(1 / Math.sqrt(D)), k, false, true).add(mask);
  const weights = dropout(tf.softmax(scores), drop); // (B, H, T, S)
  return tf
    .matMul(weights, v)
    .transpose([0, 2, 1, 3])
    .reshape([B, T, H * D]);
}

/** (T, S): position i of the last T sees positions 0 … S − T + i. */
function causalMask(T: number, S: number): tf.Tensor2D {
  const mask = new Float32Array(T * S);
  for (let i = 0; i < T; i++) mask.fill(MASKED, i * S + (S - T + i) + 1, (i + 1) * S);
  return tf.tensor2d(mask, [T, S]);
}
