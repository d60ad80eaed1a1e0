// activate: SiLU, GELU or ReLU² of each element; with `up`, gated by it: activation(x) ⊙ up. x and up (…) → (…)
import * as tf from '#tfjs';
import { kernelOr } from './kernel.ts';
import { gelu } from './linear.ts';

/** The GELU is GPT-2's, by tanh. ReLU² is the square of what is positive. */
export type ElementActivation = 'silu' | 'gelu' | 'relu2';

const COMPOSED: Readonly<Record<ElementActivation, (x: tf.Tensor) => tf.Tensor>> = {
  silu: (x) => x.mul(x.sigmoid()),
  gelu,
  relu2: (x) => x.relu().square(),
};

export function activate(x: tf.Tensor, activation: ElementActivation, up?: tf.Tensor): tf.Tensor {
  if (up && !tf.util.arraysEqual(up.shape, x.shape))
    throw new Error(`activate: expected up of shape (${x.shape}), but got (${up.shape})`);
  return kernelOr('Activate', { x, ...(up && { up }) }, {}, { activation }, () => {
    const y = COMPOSED[activation](x);
    return up ? y.mul(up) : y;
  });
}
