// sgd: one step of stochastic gradient descent as torch.optim.SGD takes it: with or without momentum, Nesterov's or the
// usual one, and a decay that is part of the gradient (L2). Kernel Sgd.
import type * as tf from '#tfjs';
import { type UpdateItem, updateOp } from './update.ts';

/** The decaying sum of gradients. Zeros at first: so the first step's sum is its gradient, as torch has it. */
type SgdState = { momentum?: tf.Variable };

export type SgdItem = UpdateItem<SgdState>;

export interface SgdSettings {
  /** The share of the sum that stays; with 0 there is no sum. */
  momentum: number;
  nesterov: boolean;
}

export const sgd = updateOp<SgdState, SgdSettings>({
  op: 'sgd',
  kernel: 'Sgd',
  state: ({ momentum }) => (momentum > 0 ? ['momentum'] : []),
  compose: ({ parameter, weightDecay, ...item }, clipped, settings) => {
    const gradient = clipped.add(parameter.mul(weightDecay));
    const towards = (direction: tf.Tensor) => parameter.sub(direction.mul(settings.learningRate));
    if (!item.momentum) return { parameter: towards(gradient) };
    const momentum = item.momentum.mul(settings.momentum).add(gradient);
    const direction = settings.nesterov ? gradient.add(momentum.mul(settings.momentum)) : momentum;
    return { parameter: towards(direction), momentum };
  },
});
