// RMSProp over all parameters, in place.
import type { Kernel } from '../memory.ts';
import { updateKernel } from './update.ts';

const NUMBERS = {
  learningRate: 'f32',
  decay: 'f32',
  smoothing: 'f32',
  rest: 'f32',
  epsilon: 'f32',
  momentum: 'f32',
} as const;

const SCALED = `
  let decayed = g + n.decay * parameter[i];
  let v = n.smoothing * square[i] + n.rest * decayed * decayed;
  square[i] = v;
  let scaled = decayed / (sqrt(v) + n.epsilon);`;

const plain = updateKernel({
  name: 'rmsProp',
  state: ['square'],
  numbers: NUMBERS,
  code: `${SCALED}
  parameter[i] -= n.learningRate * scaled;`,
  values,
});

const withMomentum = updateKernel({
  name: 'rmsProp: with momentum',
  state: ['square', 'momentum'],
  numbers: NUMBERS,
  code: `${SCALED}
  let m = n.momentum * momentum[i] + scaled;
  momentum[i] = m;
  parameter[i] -= n.learningRate * m;`,
  values,
});

const RmsProp: Kernel = (inputs, attributes) =>
  ((attributes.momentum as number) > 0 ? withMomentum : plain)(inputs, attributes);

export const KERNELS = { RmsProp };

function values(
  { learningRate, smoothing, epsilon, momentum }: Record<string, number>,
  decay: number,
): Record<keyof typeof NUMBERS, number> {
  return {
    learningRate: learningRate!,
    decay,
    smoothing: smoothing!,
    rest: 1 - smoothing!,
    epsilon: epsilon!,
    momentum: momentum!,
  };
}
