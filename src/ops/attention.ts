// causalAttention: each position looks at itself and what came before. In qkv (B, T, E) a position's heads lie side by side:
// H of queries, then K of keys and K of values, each shared by a group of H / K heads of queries (grouped-query attention).
// E = (H + 2K)·D → (B, T, H·D); where no number of them is given, K = H.
// cachedAttention: causal attention of new positions to themselves and to those in a KV cache; no gradient.
import * as tf from '#tfjs';
import type { Cached } from './attention-cache.ts';
import { dims } from './check.ts';
import { type Dropout, dropout, dropoutAttributes } from './dropout.ts';
import { hasKernel, kernelOr, runKernel } from './kernel.ts';

export const MASKED = -1e9; // exp(MASKED − anything a model produces) is exactly 0 in float32

/** Dropout falls on the attention weights, element (b, h, i, j) of (B, H, T, T). */
export function causalAttention(
  qkv: tf.Tensor3D,
  heads: number,
  drop?: Dropout,
  kvHeads = heads,
): tf.Tensor3D {
  sizeOfHeads('causalAttention', qkv, heads, kvHeads);
  const attributes = { heads, kvHeads, ...dropoutAttributes(drop) };
  return kernelOr('CausalAttention', { qkv }, {}, attributes, () => {
    const [q, k, v] = splitHeads(qkv, heads, kvHeads);
    return attend(
      [q, forGroups(k, heads), forGroups(v, heads)],
      causalMask(qkv.shape[1], qkv.shape[1]),
      drop,
    );
  });
}

/**
 * New positions of some rows' texts, after those in the cache. qkv (B, T, E) → (B, T, H·D). Kernel CachedAttention writes their
 * keys and values in place; inputs { qkv, keys, values, rows: (B, 2) int32, place and length }, attrs { heads, kvHeads }.
 */
export function cachedAttention(
  qkv: tf.Tensor3D,
  heads: number,
  { cache, rows }: Cached,
  kvHeads = heads,
): tf.Tensor3D {
  const D = sizeOfHeads('cachedAttention', qkv, heads, kvHeads);
  const [B, T] = qkv.shape;
  if (rows.places.length !== B)
    throw new Error(`cachedAttention: expected ${B} rows of a cache, but got ${rows.places.length}`);
  return tf.tidy(() => {
    if (hasKernel('CachedAttention')) {
      const [keys, values] = cache.reserve(rows, T, kvHeads, D);
      return runKernel(
        'CachedAttention',
        { qkv, keys, values, rows: rows.table },
        { heads, kvHeads },
      )[0] as tf.Tensor3D;
    }
    const parts = B === 1 ? [qkv] : tf.split<tf.Tensor3D>(qkv, B);
    const mixed = parts.map((part, b) => {
      const [q, k, v] = splitHeads(part, heads, kvHeads);
      const [keys, values] = cache.append(rows.places[b]!, rows.lengths[b]!, k, v);
      return attend([q, forGroups(keys, heads), forGroups(values, heads)], causalMask(T, keys.shape[2]));
    });
    return B === 1 ? mixed[0]! : tf.concat(mixed);
  });
}

/** Checks that there is a whole number of heads; returns how many numbers each has. */
function sizeOfHeads(op: string, qkv: tf.Tensor3D, heads: number, kvHeads: number): number {
  const { E } = dims(op, { qkv: [qkv, 'B T E'] });
  if (heads % kvHeads !== 0)
    throw new Error(`${op}: expected heads to be a multiple of ${kvHeads} heads of keys, but got ${heads}`);
  const all = heads + 2 * kvHeads;
  if (E! % all !== 0)
    throw new Error(`${op}: expected a multiple of ${all} (${heads} + 2 · ${kvHeads} heads), but got ${E}`);
  return E! / all;
}

/** (B, T, E) → queries (B, H, T, D), keys and values (B, K, T, D) */
function splitHeads(
  qkv: tf.Tensor3D,
  heads: number,
  kvHeads: number,
): [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D] {
  const [B, T] = qkv.shape;
  const byHead = qkv.reshape([B, T, heads + 2 * kvHeads, -1]).transpose<tf.Tensor4D>([0, 2, 1, 3]);
  return tf.split(byHead, [heads, kvHeads, kvHeads], 1) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
}

/** Keys or values (B, K, S, D), once for each of the heads that share them: (B, H, S, D) */
function forGroups(shared: tf.Tensor4D, heads: number): tf.Tensor4D {
  const [B, K, S, D] = shared.shape;
  if (K === heads) return shared;
  return shared
    .reshape<tf.Tensor3D>([B * K, 1, S * D])
    .tile([1, heads / K, 1])
    .reshape([B, heads, S, D]);
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
