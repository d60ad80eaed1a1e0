// Rnn and its gradient, and RnnFrom, which begins from a given state. The residual is y.
import type * as tf from '#tfjs';
import { dispose, gradientOf, type Kernel, output, reshaped } from '../memory.ts';
import { columnSums } from './columns.ts';
import { fromInput, inSteps, lastOf, productGradients, sizesOf, type Tensors } from './recurrent.ts';
import { rowsFor, stepBackward, stepForward } from './recurrent-steps.ts';

export const KERNELS: Record<string, Kernel> = { Rnn, RnnFrom, RnnGrad };

/** `gates` (B, T, H) hold the inputs' part of the hidden values' pre-activations. */
const forwardStep = stepForward(() => ({
  name: 'rnn',
  gates: 1,
  reads: { gates: 'f32' },
  writes: {},
  body: 'y[own] = hyperbolic(gates[at] + sum);',
}));

/** `dGates` (B, T, H) are the gradients of the pre-activations. */
const backwardStep = stepBackward(
  {
    name: 'rnn',
    gates: 1,
    reads: { y: 'f32' },
    writes: { dGates: 'f32' },
    body: 'dGates[at] = dh * (1.0 - y[own] * y[own]);',
  },
  'dGates',
);

function Rnn(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const y = forward(inputs as Tensors);
  return [y, reshaped(y, y.shape)];
}

function RnnFrom({ hidden, ...inputs }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const y = forward(inputs as Tensors, hidden);
  return [y, lastOf(y)];
}

function forward(inputs: Tensors, hidden?: tf.TensorInfo): tf.TensorInfo {
  const sizes = sizesOf(inputs);
  const { B, T, H } = sizes;
  const [gates, y] = [fromInput(inputs), output([B, T, H])];
  const step = forwardStep({ rows: rowsFor(B), from: hidden !== undefined });
  inSteps(step, { recurrent: inputs.recurrent!, y, gates, ...(hidden && { hidden }) }, sizes, 'forward');
  dispose(gates);
  return y;
}

function RnnGrad(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { dy, recurrent, bias, r0: y } = inputs as Tensors;
  const sizes = sizesOf(inputs as Tensors);
  const { B, T, H } = sizes;
  const dGates = output([B, T, H]);
  inSteps(
    backwardStep({ rows: rowsFor(B) }),
    { dy: dy!, recurrent: recurrent!, y: y!, dGates },
    sizes,
    'backward',
  );
  const gradients = productGradients(inputs as Tensors, dGates);
  gradients.push(columnSums(dGates, B * T, H, { into: gradientOf(bias!) }));
  dispose(dGates);
  return gradients;
}
