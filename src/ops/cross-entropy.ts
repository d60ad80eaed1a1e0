// crossEntropy: the output layer, softmax and loss in one: the mean of −ln p(target) over targets that are not negative.
// x (N, C), weight (V, C), bias (V) or none, targets (N) int32 → scalar. Logits are x · weightᵀ + bias.
// Kernel CrossEntropy may compute the gradients that are wanted while it has the logits.
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { gradientWanted, hasKernel, invariance, kernelOr, runKernel } from './kernel.ts';

export function crossEntropy(
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
  targets: tf.Tensor1D,
): tf.Scalar {
  dims('crossEntropy', {
    x: [x, 'N C'],
    weight: [weight, 'V C'],
    ...(bias && { bias: [bias, 'V'] as const }),
    targets: [targets, 'N', 'int32'],
  });
  const inputs = { x, weight, ...(bias && { bias }) };
  return kernelOr('CrossEntropy', inputs, { targets }, {}, () => meanLoss(logits(x, weight, bias), targets));
}

/** The same of given logits, (N, V). */
export function meanLoss(all: tf.Tensor2D, targets: tf.Tensor1D): tf.Scalar {
  const counted = targets.greaterEqual(0).cast('float32'); // (N)
  const V = all.shape[1];
  // (N, V); a negative target's row is all zeros. tfjs refuses a one-hot of depth 1, where any target is the only one.
  const hot = V === 1 ? 1 : tf.oneHot(targets, V);
  const chosen = all.mul(hot).sum(1); // (N)
  const losses = all.logSumExp(1).sub(chosen).mul(counted);
  return losses.sum().div(counted.sum().maximum(1)) as tf.Scalar;
}

/** x (N, C) → (N, V). Kernel Logits, for where no gradient is wanted: decoding. */
export function logits(x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D | undefined): tf.Tensor2D {
  dims('logits', { x: [x, 'N C'], weight: [weight, 'V C'], ...(bias && { bias: [bias, 'V'] as const }) });
  if (hasKernel('Logits') && !gradientWanted())
    return runKernel('Logits', { x, weight, ...(bias && { bias }) }, invariance())[0] as tf.Tensor2D;
  return tf.tidy(() => {
    const product: tf.Tensor2D = tf.matMul(x, weight, false, true);
    return bias === undefined ? product : tf.add(product, bias);
  });
}
