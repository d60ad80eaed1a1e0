// lion: one step of Lion (Chen et al. 2023, algorithm 2): of each element's direction it takes the sign alone; its decay
// is decoupled from the gradient. Kernel Lion.
import type * as tf from '#tfjs';
import { type UpdateItem, updateOp } from './update.ts';

/** The running mean of the gradient. */
type LionState = Record<'mean', tf.Variable>;

export type LionItem = UpdateItem<LionState>;

export interface LionSettings {
  /** The mean's share in the direction. */
  beta1: number;
  /** The share of the mean that stays. */
  beta2: number;
}

export const lion = updateOp<LionState, LionSettings>({
  op: 'lion',
  kernel: 'Lion',
  state: () => ['mean'],
  compose: (item, gradient, { learningRate, beta1, beta2 }) => {
    const direction = item.mean.mul(beta1).add(gradient.mul(1 - beta1));
    const decayed = item.parameter.mul(1 - learningRate * item.weightDecay);
    return {
      parameter: decayed.sub(direction.sign().mul(learningRate)),
      mean: item.mean.mul(beta2).add(gradient.mul(1 - beta2)),
    };
  },
});
