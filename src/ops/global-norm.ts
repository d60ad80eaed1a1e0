// globalNorm: the length of all gradients taken as one vector. Kernel GlobalNorm: inputs g0, g1… → scalar.
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
