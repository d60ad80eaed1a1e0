// adamW: one step of AdamW (Loshchilov and Hutter 2019), whose decay is decoupled from the gradient. Kernel AdamW.
import type * as tf from '#tfjs';
import { type UpdateItem, updateOp } from './update.ts';

/** Running means of the gradient and of its square. */
type AdamWState = Record<'mean' | 'square', tf.Variable>;

export type AdamWItem = UpdateItem<AdamWState>;

export interface AdamWSettings {
  beta1: number;
  beta2: number;
  epsilon: number;
}

export const adamW = updateOp<AdamWState, AdamWSettings>({
  op: 'adamW',
  kernel: 'AdamW',
  state: () => ['mean', 'square'],
  compose: (item, gradient, { learningRate, beta1, beta2, epsilon, step }) => {
    const mean = item.mean.mul(beta1).add(gradient.mul(1 - beta1));
    const square = item.square.mul(beta2).add(gradient.square().mul(1 - beta2));
    const deviation = square.div(1 - beta2 ** step).sqrt();
    const direction = mean
      .div(1 - beta1 ** step)
      .mul(learningRate)
      .div(deviation.add(epsilon));
    const decayed = item.parameter.mul(1 - learningRate * item.weightDecay);
    return { parameter: decayed.sub(direction), mean, square };
  },
});
