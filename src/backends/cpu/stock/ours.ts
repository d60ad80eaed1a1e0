// Which tensors our kernels take; tfjs's kernels do the rest.
import type * as tf from '#tfjs';

/** The most dimensions that the ops in C++ take. */
export const MOST_RANK = 6;

export function areOurs(...infos: (tf.TensorInfo | undefined)[]): boolean {
  for (const info of infos) if (info?.dtype !== 'float32' || info.shape.length > MOST_RANK) return false;
  return true;
}
