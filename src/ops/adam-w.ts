// adamW: one step of AdamW over all parameters, in place; globalNorm: the length of all gradients taken as one vector.
// Kernel AdamW: inputs p0, g0, m0, v0, p1…; attrs as below; writes p, m and v, and returns nothing.
// Kernel GlobalNorm: inputs g0, g1… → scalar.
import * as tf from '@tensorflow/tfjs';
import { dims } from './check.ts';
import { hasKernel, runKernel } from './kernel.ts';

export interface AdamWItem {
  parameter: tf.Variable;
  gradient: tf.Tensor;
  /** Running means of the gradient and of its square. */
  mean: tf.Variable;
  square: tf.Variable;
  weightDecay: number;
}

export interface AdamWSettings {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Counts from 1: how many updates there have been, this one included. */
  step: number;
  /** Every gradient is multiplied by this first (clipping). */
  gradientScale: number;
}

export function adamW(items: AdamWItem[], settings: AdamWSettings): void {
  for (const item of items) {
    for (const name of ['gradient', 'mean', 'square'] as const) {
      const [tensor, { shape }] = [item[name], item.parameter];
      if (tensor.dtype === 'float32' && tf.util.arraysEqual(tensor.shape, shape)) continue;
      const got = `${tensor.dtype} (${tensor.shape})`;
      throw new Error(`adamW: expected ${name} of type float32 and shape (${shape}), but got ${got}`);
    }
  }
  if (hasKernel('AdamW')) {
    const inputs = Object.fromEntries(
      items.flatMap((item, i) => [
        [`p${i}`, item.parameter],
        [`g${i}`, item.gradient],
        [`m${i}`, item.mean],
        [`v${i}`, item.square],
      ]),
    );
    runKernel('AdamW', inputs, { ...settings, weightDecay: items.map((item) => item.weightDecay) });
  } else {
    for (const item of items) tf.tidy(() => composed(item, settings));
  }
}

function composed(
  item: AdamWItem,
  { learningRate, beta1, beta2, epsilon, step, gradientScale }: AdamWSettings,
): void {
  const gradient = item.gradient.mul(gradientScale);
  item.mean.assign(item.mean.mul(beta1).add(gradient.mul(1 - beta1)));
  item.square.assign(item.square.mul(beta2).add(gradient.square().mul(1 - beta2)));
  const mean = item.mean.div(1 - beta1 ** step);
  const deviation = item.square.div(1 - beta2 ** step).sqrt();
  const decayed = item.parameter.mul(1 - learningRate * item.weightDecay);
  item.parameter.assign(decayed.sub(mean.mul(learningRate).div(deviation.add(epsilon))));
}

export function globalNorm(gradients: tf.Tensor[]): tf.Scalar {
  for (const [i, gradient] of gradients.entries()) dims('globalNorm', { [`gradient ${i}`]: [gradient, '…'] });
  if (hasKernel('GlobalNorm')) {
    return runKernel('GlobalNorm', Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])))[0] as tf.Scalar;
  }
  return tf.tidy(() => tf.sqrt(tf.addN(gradients.map((gradient) => gradient.square().sum()))) as tf.Scalar);
}
