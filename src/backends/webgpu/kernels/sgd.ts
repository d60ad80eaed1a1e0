// Stochastic gradient descent over all parameters, in place.
import type { Kernel } from '../memory.ts';
import { updateKernel } from './update.ts';

const plain = updateKernel({
  name: 'sgd',
  state: [],
  numbers: { learningRate: 'f32', decay: 'f32' },
  code: 'parameter[i] -= n.learningRate * (g + n.decay * parameter[i]);',
  values: ({ learningRate }, decay) => ({ learningRate: learningRate!, decay }),
});

const withMomentum = updateKernel({
  name: 'sgd: with momentum',
  state: ['momentum'],
  numbers: { learningRate: 'f32', decay: 'f32', momentum: 'f32', nesterov: 'u32' },
  code: `
  let decayed = g + n.decay * parameter[i];
  let m = n.momentum * momentum[i] + decayed;
  momentum[i] = m;
  parameter[i] -= n.learningRate * select(m, decayed + n.momentum * m, n.nesterov == 1u);`,
  values: ({ learningRate, momentum, nesterov }, decay) => ({
    learningRate: learningRate!,
    decay,
    momentum: momentum!,
    nesterov: Number(nesterov),
  }),
});

const Sgd: Kernel = (inputs, attributes) =>
  ((attributes.momentum as number) > 0 ? withMomentum : plain)(inputs, attributes);

export const KERNELS = { Sgd };
