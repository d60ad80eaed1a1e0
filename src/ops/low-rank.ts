// addLowRank: y + scale · (x · downᵀ) · upᵀ, as LoRA adds to a product. x (…, I), down (R, I), up (O, R), y (…, O) → (…, O)
import type * as tf from '#tfjs';
import { linear } from './linear.ts';

export interface LowRank {
  /** (R, I) */
  down: tf.Tensor2D;
  /** (O, R) */
  up: tf.Tensor2D;
  scale: number;
}

export function addLowRank(y: tf.Tensor, x: tf.Tensor, { down, up, scale }: LowRank): tf.Tensor {
  const narrow = linear(x, down.transpose(), undefined); // (…, R)
  return linear(narrow, up.transpose().mul(scale), undefined, { residual: y });
}
