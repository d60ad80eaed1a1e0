// causalAttention: each position looks at itself and what came before. qkv (B, T, 3C) → (B, T, C)
// cachedAttention: the same for new positions after those in a cache; no gradient.
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { type Dropout, dropout, dropoutAttributes } from './dropout.ts';
import { hasKernel, kernelOr, runKernel } from './kernel.ts';

const MASKED = -1e9; // exp(MASKED − anything a model produces) is exactly 0 in float32
const LEAST_ROOM = 64; // positions by which a cache that is written in place grows

/** Dropout falls on the attention weights, element (b, h, i, j) of (B, H, T, T). */
export function causalAttention(qkv: tf.Tensor3D, heads: number, drop?: Dropout): tf.Tensor3D {
  checkHeads('causalAttention', qkv, heads);
  return kernelOr('CausalAttention', { qkv }, {}, { heads, ...dropoutAttributes(drop) }, () => {
    const [q, k, v] = splitHeads(qkv, heads);
    return attend(q, k, v, drop);
  });
}

/** Keys and values of the positions seen so far, each (B, H, S, D); S counts the room for more too, if there is any. */
export class AttentionCache {
  #keys: tf.Tensor4D | undefined;
  #values: tf.Tensor4D | undefined;
  #length = 0;

  /** Adds the new positions' keys and values, and returns all of them. */
  append(keys: tf.Tensor4D, values: tf.Tensor4D): [tf.Tensor4D, tf.Tensor4D] {
    const joined = (old: tf.Tensor4D | undefined, more: tf.Tensor4D) =>
      old === undefined ? more.clone() : tf.concat([old, more], 2);
    return this.#replace(joined(this.#keys, keys), joined(this.#values, values));
  }

  /** Makes room for T positions after the `length` here, which the caller writes in place. */
  extend([B, H, T, D]: [number, number, number, number]) {
    const length = this.#length;
    this.#length += T;
    const capacity = this.#keys?.shape[2] ?? 0;
    if (this.#length > capacity) {
      const room = () => tf.zeros<tf.Rank.R4>([B, H, Math.max(LEAST_ROOM, capacity, T), D]);
      this.append(room(), room());
    }
    return { keys: this.#keys!, values: this.#values!, length };
  }

  dispose(): void {
    this.#keys?.dispose();
    this.#values?.dispose();
    this.#keys = this.#values = undefined;
    this.#length = 0;
  }

  #replace(keys: tf.Tensor4D, values: tf.Tensor4D): [tf.Tensor4D, tf.Tensor4D] {
    this.#keys?.dispose();
    this.#values?.dispose();
    this.#keys = tf.keep(keys);
    this.#values = tf.keep(values);
    return [keys, values];
  }
}

/** Kernel CachedAttention: writes the new positions' keys and values in place; attrs { heads, length }. */
export function cachedAttention(qkv: tf.Tensor3D, heads: number, cache: AttentionCache): tf.Tensor3D {
  checkHeads('cachedAttention', qkv, heads);
  return tf.tidy(() => {
    if (hasKernel('CachedAttention')) {
      const [B, T, E] = qkv.shape;
      const { length, ...kept } = cache.extend([B, heads, T, E / 3 / heads]);
      return runKernel('CachedAttention', { qkv, ...kept }, { heads, length })[0] as tf.Tensor3D;
    }
    const [q, k, v] = splitHeads(qkv, heads);
    return attend(q, ...cache.append(k, v));
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

/** q (B, H, T, D) are the last T of the S positions in k and v (B, H, S, D) → (B, T, H·D) */
function attend(q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D, drop?: Dropout): tf.Tensor3D {
  const [B, H, T, D] = q.shape;
  const scores = tf.matMul(q.mul(1 / Math.sqrt(D)), k, false, true).add(causalMask(T, k.shape[2]));
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
