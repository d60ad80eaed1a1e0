// packHeads: the heads of queries, keys and values side by side, as causalAttention takes them; with rotations, queries and keys
// have rotary positions: elements i and i + D/2 of a head's vector are turned together, by position · frequency i.
// q (B, T, H·D), k and v (B, T, K·D), rotations (P, D) of P positions or none, starts (B) int32 or none → (B, T, (H + 2K)·D)
// Kernel PackHeads: inputs { q, k, v }, constants { rotations, starts }, attrs { heads, kvHeads }.
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { kernelOr } from './kernel.ts';

export interface PackedHeads {
  q: tf.Tensor3D;
  k: tf.Tensor3D;
  v: tf.Tensor3D;
  heads: number;
  kvHeads: number;
}

/** Rotary positions: what rotationsOf makes, and the position at which each row begins, (B), if not at 0. */
export interface Rotary {
  rotations?: tf.Tensor2D | undefined;
  starts?: tf.Tensor1D | undefined;
}

/**
 * The cosines and then the sines of each angle, (P, 2F) of F frequencies, at the positions 0, step, … (P − 1) · step; in float64,
 * as a large angle needs.
 */
export function turnsOf(frequencies: readonly number[], positions: number, step = 1): Float32Array {
  const F = frequencies.length;
  const table = new Float32Array(positions * 2 * F);
  for (let row = 0; row < positions; row++) {
    for (const [i, frequency] of frequencies.entries()) {
      table[row * 2 * F + i] = Math.cos(row * step * frequency);
      table[row * 2 * F + F + i] = Math.sin(row * step * frequency);
    }
  }
  return table;
}

/** The turns at the positions 0 … P − 1, as packHeads takes them. */
export function rotationsOf(frequencies: readonly number[], positions: number): tf.Tensor2D {
  return tf.tensor2d(turnsOf(frequencies, positions), [positions, 2 * frequencies.length]);
}

export function packHeads(
  { q, k, v, heads, kvHeads }: PackedHeads,
  { rotations, starts }: Rotary = {},
): tf.Tensor3D {
  const { Q, S } = dims('packHeads', { q: [q, 'B T Q'], k: [k, 'B T S'], v: [v, 'B T S'] });
  const D = Q! / heads;
  if (!Number.isInteger(D) || S !== kvHeads * D)
    throw new Error(
      `packHeads: expected ${heads} heads as wide as ${kvHeads} of keys, but got ${Q} and ${S}`,
    );
  if (rotations) checkRotary(q, D, rotations, starts);
  const constants = rotations ? { rotations, ...(starts && { starts }) } : {};
  const compose = () => {
    const parts = [q, k, v].map((x) => x.reshape<tf.Tensor4D>([x.shape[0], x.shape[1], -1, D]));
    const [queries, keys] = parts.map((x) => (rotations ? turned(x, rotations, starts) : x));
    const joined = tf.concat([queries!, keys!, parts[2]!], 2); // (B, T, H + 2K, D)
    return joined.reshape<tf.Tensor3D>([q.shape[0], q.shape[1], Q! + 2 * S!]);
  };
  return kernelOr('PackHeads', { q, k, v }, constants, { heads, kvHeads }, compose, { q: [], k: [], v: [] });
}

function checkRotary(q: tf.Tensor3D, D: number, rotations: tf.Tensor2D, starts?: tf.Tensor1D): void {
  const [B, T] = q.shape;
  if (D % 2 !== 0) throw new Error(`packHeads: expected heads of an even width, but got ${D}`);
  if (rotations.shape[1] !== D)
    throw new Error(`packHeads: expected rotations of shape (P,${D}), but got (${rotations.shape})`);
  if (T > rotations.shape[0])
    throw new Error(`packHeads: expected at most ${rotations.shape[0]} positions, but got ${T}`);
  if (starts && starts.shape[0] !== B)
    throw new Error(`packHeads: expected starts of shape (${B}), but got (${starts.shape})`);
}

/** x (B, T, H, D) → (B, T, H, D) */
function turned(x: tf.Tensor4D, rotations: tf.Tensor2D, starts: tf.Tensor1D | undefined): tf.Tensor4D {
  const positions = tf.range(0, x.shape[1], 1, 'int32');
  const places = starts ? starts.expandDims(1).add(positions) : positions.expandDims(0);
  const turns = tf.gather(rotations, places.toInt()).expandDims(2); // (B or 1, T, 1, D)
  const [cos, sin] = tf.split(turns, 2, 3);
  const [a, b] = tf.split(x, 2, 3);
  return tf.concat([a!.mul(cos!).sub(b!.mul(sin!)), b!.mul(cos!).add(a!.mul(sin!))], 3) as tf.Tensor4D;
}
