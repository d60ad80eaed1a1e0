// Gru and its gradient, and GruFrom, which begins from a given state. The residuals are y, and of every step the activated
// gates and the recurrent part of the candidates.
import type * as tf from '#tfjs';
import { dispose, gradientOf, type Kernel, output, reshaped } from '../memory.ts';
import { columnSums } from './columns.ts';
import { elementWise } from './element-wise.ts';
import { fromInput, inSteps, lastOf, productGradients, sizesOf, type Tensors } from './recurrent.ts';
import { rowsFor, stepBackward, stepForward } from './recurrent-steps.ts';

export const KERNELS: Record<string, Kernel> = { Gru, GruFrom, GruGrad };

/**
 * `gates` (B, T, 3H) hold the inputs' part of the pre-activations, and are overwritten with the activated gates: reset,
 * update, candidate.
 */
const forwardStep = stepForward(() => ({
  name: 'gru',
  gates: 3,
  reads: { recurrentBias: 'f32' },
  writes: { gates: 'f32', candidates: 'f32' },
  body: `
  let resetGate = sigmoid(gates[at] + sum.x);
  let updateGate = sigmoid(gates[at + n.H] + sum.y);
  let part = sum.z + recurrentBias[unit];
  let candidate = hyperbolic(gates[at + 2u * n.H] + resetGate * part);
  gates[at] = resetGate;
  gates[at + n.H] = updateGate;
  gates[at + 2u * n.H] = candidate;
  candidates[own] = part;
  y[own] = candidate + updateGate * (hiddenBefore(b, unit) - candidate);`,
}));

/**
 * `dGates` (B, T, 3H) are the gradients of the gates' pre-activations, of all steps, and `dParts` those of their recurrent
 * parts, which differ in the candidate; `dHidden` (B, H) is what the update gate lets past to the step before in time.
 */
const backwardStep = stepBackward(
  {
    name: 'gru',
    gates: 3,
    reads: { gates: 'f32', candidates: 'f32', y: 'f32' },
    writes: { dGates: 'f32', dParts: 'f32', dHidden: 'f32' },
    body: `
  let resetGate = gates[at];
  let updateGate = gates[at + n.H];
  let candidate = gates[at + 2u * n.H];
  if (!isLast) { dh += dHidden[state]; }
  var before = 0.0;
  if (n.t > 0u) { before = y[own - n.H]; }
  let dCandidate = dh * (1.0 - updateGate) * (1.0 - candidate * candidate);
  let dReset = dCandidate * candidates[own] * resetGate * (1.0 - resetGate);
  let dUpdate = dh * (before - candidate) * updateGate * (1.0 - updateGate);
  dGates[at] = dReset;
  dGates[at + n.H] = dUpdate;
  dGates[at + 2u * n.H] = dCandidate;
  dParts[at] = dReset;
  dParts[at + n.H] = dUpdate;
  dParts[at + 2u * n.H] = dCandidate * resetGate;
  dHidden[state] = dh * updateGate;`,
  },
  'dParts',
);

/** The last third of a vector. */
const lastThird = elementWise({
  name: 'gruGrad: last third',
  reads: { all: 'f32' },
  writes: { last: 'f32' },
  code: 'last[i] = all[2u * n.size + i];',
});

function Gru(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { y, gates, candidates } = forward(inputs as Tensors);
  return [y, reshaped(y, y.shape), gates, candidates];
}

function GruFrom({ hidden, ...inputs }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { y, gates, candidates } = forward(inputs as Tensors, hidden);
  dispose(gates, candidates);
  return [y, lastOf(y)];
}

function forward(inputs: Tensors, hidden?: tf.TensorInfo) {
  const { recurrent, recurrentBias } = inputs as { recurrent: tf.TensorInfo; recurrentBias: tf.TensorInfo };
  const sizes = sizesOf(inputs);
  const { B, T, H } = sizes;
  const [gates, y, candidates] = [fromInput(inputs), output([B, T, H]), output([B, T, H])];
  const step = forwardStep({ rows: rowsFor(B), from: hidden !== undefined });
  const arrays = { recurrent, recurrentBias, y, gates, candidates, ...(hidden && { hidden }) };
  inSteps(step, arrays, sizes, 'forward');
  return { y, gates, candidates };
}

function GruGrad(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { dy, recurrent, bias, recurrentBias, r0: y, r1: gates, r2: candidates } = inputs as Tensors;
  const sizes = sizesOf(inputs as Tensors);
  const { B, T, H } = sizes;
  const [N, G] = [B * T, 3 * H];
  const [dGates, dParts, dHidden] = [output([B, T, G]), output([B, T, G]), output([B, H])];
  const given = { dy: dy!, recurrent: recurrent!, gates: gates!, candidates: candidates!, y: y! };
  inSteps(backwardStep({ rows: rowsFor(B) }), { ...given, dGates, dParts, dHidden }, sizes, 'backward');
  const gradients = productGradients(inputs as Tensors, dGates, dParts);
  gradients.push(columnSums(dGates, N, G, { into: gradientOf(bias!) }));
  const [all, last] = [columnSums(dParts, N, G), gradientOf(recurrentBias!)];
  lastThird({ all, last }, H);
  dispose(dGates, dParts, dHidden, all);
  return [...gradients, last];
}
