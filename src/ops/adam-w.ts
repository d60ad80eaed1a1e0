// adamW: one step of AdamW over all parameters, clipped, in place; globalNorm: the length of all gradients taken as one
// vector. Neither number that decides about the step need be known here: a GPU would have to be waited for.
// Kernel AdamW: inputs p0, g0, m0, v0, p1…, loss, norm; attrs as below; writes p, m and v, and returns nothing.
// Kernel GlobalNorm: inputs g0, g1… → scalar.
import * as tf from '#tfjs';
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
  /** Counts from 1. */
  step: number;
  /** Gradients whose norm is longer are shortened to this; 0 leaves them as they are. */
  clip: number;
}

/** Where one of them is not finite, nothing changes. */
export interface AdamWMeasures {
  loss: tf.Scalar;
  /** Of all gradients together. */
  norm: tf.Scalar;
}

const CLIP_EPSILON = 1e-6;

export function adamW(items: AdamWItem[], settings: AdamWSettings, measures: AdamWMeasures): void {
  dims('adamW', { loss: [measures.loss, ''], norm: [measures.norm, ''] });
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
    const attributes = { ...settings, weightDecay: items.map((item) => item.weightDecay) };
    runKernel('AdamW', { ...inputs, ...measures }, attributes);
  } else {
    for (const item of items) tf.tidy(() => composed(item, settings, measures));
  }
}

/** What gradients are multiplied by, or that nothing is to change; for kernels that know the two numbers. */
export function gradientScale(loss: number, norm: number, clip: number): number | undefined {
  if (!Number.isFinite(loss) || !Number.isFinite(norm)) return undefined;
  return clip > 0 ? Math.min(1, clip / (norm + CLIP_EPSILON)) : 1;
}

function composed(
  item: AdamWItem,
  { learningRate, beta1, beta2, epsilon, step, clip }: AdamWSettings,
  { loss, norm }: AdamWMeasures,
): void {
  const areFinite = tf.isFinite(loss).logicalAnd(tf.isFinite(norm));
  const assign = (variable: tf.Variable, value: tf.Tensor) =>
    variable.assign(tf.where(areFinite, value, variable));
  const scale = clip > 0 ? tf.minimum(1, tf.div(clip, norm.add(CLIP_EPSILON))) : 1;
  const gradient = item.gradient.mul(scale);
  assign(item.mean, item.mean.mul(beta1).add(gradient.mul(1 - beta1)));
  assign(item.square, item.square.mul(beta2).add(gradient.square().mul(1 - beta2)));
  const mean = item.mean.div(1 - beta1 ** step);
  const deviation = item.square.div(1 - beta2 ** step).sqrt();
  const decayed = item.parameter.mul(1 - learningRate * item.weightDecay);
  assign(item.parameter, decayed.sub(mean.mul(learningRate).div(deviation.add(epsilon))));
}

export function globalNorm(gradients: tf.Tensor[]): tf.Scalar {
  for (const [i, gradient] of gradients.entries()) dims('globalNorm', { [`gradient ${i}`]: [gradient, '…'] });
  if (hasKernel('GlobalNorm')) {
    return runKernel('GlobalNorm', Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])))[0] as tf.Scalar;
  }
  return tf.tidy(() => tf.sqrt(tf.addN(gradients.map((gradient) => gradient.square().sum()))) as tf.Scalar);
}
