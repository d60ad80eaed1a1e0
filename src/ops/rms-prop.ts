// rmsProp: one step of RMSProp as torch.optim.RMSprop takes it (not centred), with or without momentum, and a decay that
// is part of the gradient (L2). Kernel RmsProp.
import type * as tf from '#tfjs';
import { type UpdateItem, updateOp } from './update.ts';

/** The running mean of the gradient's square; the decaying sum of gradients that were divided by its root. */
type RmsPropState = { square: tf.Variable; momentum?: tf.Variable };

export type RmsPropItem = UpdateItem<RmsPropState>;

export interface RmsPropSettings {
  /** The share of the mean that stays: torch's alpha. */
  smoothing: number;
  /** The share of the sum that stays; with 0 there is no sum. */
  momentum: number;
  epsilon: number;
}

export const rmsProp = updateOp<RmsPropState, RmsPropSettings>({
  op: 'rmsProp',
  kernel: 'RmsProp',
  state: ({ momentum }) => (momentum > 0 ? ['square', 'momentum'] : ['square']),
  compose: (
    { parameter, weightDecay, ...item },
    clipped,
    { learningRate, smoothing, epsilon, ...settings },
  ) => {
    const gradient = clipped.add(parameter.mul(weightDecay));
    const square = item.square.mul(smoothing).add(gradient.square().mul(1 - smoothing));
    const scaled = gradient.div(square.sqrt().add(epsilon));
    const towards = (direction: tf.Tensor) => parameter.sub(direction.mul(learningRate));
    if (!item.momentum) return { parameter: towards(scaled), square };
    const momentum = item.momentum.mul(settings.momentum).add(scaled);
    return { parameter: towards(momentum), square, momentum };
  },
});
