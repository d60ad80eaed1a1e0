// AdamW over all parameters, in place.
import { updateKernel } from './update.ts';

const AdamW = updateKernel({
  name: 'adamW',
  state: ['mean', 'square'],
  numbers: {
    beta1: 'f32',
    rest1: 'f32',
    beta2: 'f32',
    rest2: 'f32',
    epsilon: 'f32',
    keep: 'f32',
    meanScale: 'f32',
    squareScale: 'f32',
  },
  code: `
  let m = n.beta1 * mean[i] + n.rest1 * g;
  let v = n.beta2 * square[i] + n.rest2 * g * g;
  mean[i] = m;
  square[i] = v;
  parameter[i] = parameter[i] * n.keep - m * n.meanScale / (sqrt(v * n.squareScale) + n.epsilon);`,
  values: ({ learningRate, beta1, beta2, epsilon, step }, weightDecay) => ({
    beta1: beta1!,
    rest1: 1 - beta1!,
    beta2: beta2!,
    rest2: 1 - beta2!,
    epsilon: epsilon!,
    keep: 1 - learningRate! * weightDecay,
    meanScale: learningRate! / (1 - beta1! ** step!),
    squareScale: 1 / (1 - beta2! ** step!),
  }),
});

export const KERNELS = { AdamW };
