// Lion over all parameters, in place.
import { updateKernel } from './update.ts';

const Lion = updateKernel({
  name: 'lion',
  state: ['mean'],
  numbers: {
    learningRate: 'f32',
    keep: 'f32',
    beta1: 'f32',
    rest1: 'f32',
    beta2: 'f32',
    rest2: 'f32',
  },
  code: `
  let m = mean[i];
  mean[i] = n.beta2 * m + n.rest2 * g;
  parameter[i] = parameter[i] * n.keep - n.learningRate * sign(n.beta1 * m + n.rest1 * g);`,
  values: ({ learningRate, beta1, beta2 }, weightDecay) => ({
    learningRate: learningRate!,
    keep: 1 - learningRate! * weightDecay,
    beta1: beta1!,
    rest1: 1 - beta1!,
    beta2: beta2!,
    rest2: 1 - beta2!,
  }),
});

export const KERNELS = { Lion };
