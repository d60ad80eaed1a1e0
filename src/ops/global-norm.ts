// globalNorm: the length of all gradients taken as one vector. Kernel GlobalNorm: inputs g0, g1… → scalar. Where gradients lie in
// several processes, each has the sums of squares of its own (kernel SquaredSums: g → sums in float64, as pairs of floats), and
// any has the norm of all, to the same bits.
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { hasKernel, runKernel } from './kernel.ts';

export function globalNorm(gradients: tf.Tensor[]): tf.Scalar {
  for (const [i, gradient] of gradients.entries()) dims('globalNorm', { [`gradient ${i}`]: [gradient, '…'] });
  if (hasKernel('GlobalNorm')) {
    return runKernel('GlobalNorm', Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])))[0] as tf.Scalar;
  }
  return tf.tidy(() => tf.sqrt(tf.addN(gradients.map((gradient) => gradient.square().sum()))) as tf.Scalar);
}

/** So many squares are summed by themselves: parts of a gradient that begin at multiples of it have the sums that the whole has. */
export const SUMMED_AT_ONCE = 16384;

/** Absent where the backend has no such sums: then the norm takes whole gradients. `read` reads a tensor's memory. */
export function squaredSums(
  gradient: tf.Tensor,
  read: (tensor: tf.Tensor) => Float32Array,
): Float64Array<ArrayBuffer> | undefined {
  if (!hasKernel('SquaredSums')) return undefined;
  const count = Math.ceil(gradient.size / SUMMED_AT_ONCE);
  const [sums] = runKernel('SquaredSums', { g: gradient }, { count });
  const { buffer, byteOffset } = read(sums!);
  const copy = new Float64Array(buffer, byteOffset, count).slice();
  sums!.dispose();
  return copy;
}

/** The norm, from the sums of all gradients in their order. */
export function normOfSums(sums: Iterable<number>): tf.Scalar {
  let total = 0;
  for (const sum of sums) total += sum;
  return tf.scalar(Math.sqrt(total));
}
