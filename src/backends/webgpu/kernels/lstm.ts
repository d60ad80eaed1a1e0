// Lstm and its gradient, and LstmFrom, which begins from a given state. The inputs' part of all gates is one product for the
// whole sequence; then there is one dispatch a time step. The residuals are y, the activated gates, and every step's cells.
import type * as tf from '#tfjs';
import { dispose, gradientOf, type Kernel, output, reshaped } from '../memory.ts';
import { columnSums } from './columns.ts';
import { elementWise } from './element-wise.ts';
import { largestOf } from './largest.ts';
import { rowsFor, stepBackward, stepForward, workgroupsFor } from './lstm-steps.ts';
import { matMul } from './mat-mul/mat-mul.ts';

export const KERNELS: Record<string, Kernel> = { Lstm, LstmFrom, LstmGrad };

type Tensors = Record<string, tf.TensorInfo>;

/** The hidden state before each step: y shifted by one step, zeros at first. */
const shift = elementWise({
  name: 'lstmGrad: before',
  reads: { y: 'f32' },
  writes: { before: 'f32' },
  numbers: { T: 'u32', H: 'u32' },
  code: `
  if (i / n.H % n.T == 0u) { before[i] = 0.0; } else { before[i] = y[i - n.H]; }`,
});

/** The state after the last step. */
const takeLast = elementWise({
  name: 'lstmFrom: last',
  reads: { y: 'f32', cells: 'f32' },
  writes: { hidden: 'f32', cell: 'f32' },
  numbers: { T: 'u32', H: 'u32' },
  code: `
  let last = ((i / n.H + 1u) * n.T - 1u) * n.H + i % n.H;
  hidden[i] = y[last];
  cell[i] = cells[last];`,
});

function Lstm(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { y, gates, cells } = forward(inputs as Tensors);
  return [y, reshaped(y, y.shape), gates, cells];
}

function LstmFrom({ hidden, cell, ...inputs }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { T, H } = sizes(inputs as Tensors);
  const { y, gates, cells } = forward(inputs as Tensors, { hidden: hidden!, cell: cell! });
  const last = { hidden: output(hidden!.shape), cell: output(cell!.shape) };
  takeLast({ y, cells, ...last }, hidden!.shape[0]! * H, { T, H });
  dispose(gates, cells);
  return [y, last.hidden, last.cell];
}

function forward(inputs: Tensors, state?: { hidden: tf.TensorInfo; cell: tf.TensorInfo }) {
  const { x, input, recurrent, bias } = inputs;
  const { B, T, I, H } = sizes(inputs);
  const [y, gates, cells] = [output([B, T, H]), output([B, T, 4 * H]), output([B, T, H])];
  matMul({ a: { array: x! }, b: { array: input! }, M: B * T, K: I, N: 4 * H, y: gates, bias });
  const step = stepForward({ rows: rowsFor(B), from: state !== undefined });
  const arrays = { recurrent: recurrent!, y, gates, cells, ...state };
  for (let t = 0; t < T; t++) step.run(arrays, { B, T, H, t }, workgroupsFor(B, H));
  return { y, gates, cells };
}

function LstmGrad(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { dy, x, input, recurrent, bias, r0: y, r1: gates, r2: cells } = inputs as Tensors;
  const { B, T, I, H } = sizes(inputs as Tensors);
  const [dGates, dCell, before] = [output([B, T, 4 * H]), output([B, H]), output([B, T, H])];
  const step = stepBackward({ rows: rowsFor(B) });
  const arrays = { dy: dy!, recurrent: recurrent!, gates: gates!, cells: cells!, dGates, dCell };
  for (let t = T - 1; t >= 0; t--) step.run(arrays, { B, T, H, t }, workgroupsFor(B, H));
  shift({ y: y!, before }, B * T * H, { T, H });
  const [dx, dInput, dRecurrent] = [output(x!.shape), gradientOf(input!), gradientOf(recurrent!)];
  const [N, G] = [B * T, 4 * H];
  const upstream = { array: dGates, largest: largestOf(dGates) };
  matMul({ a: upstream, b: { array: input!, transposed: true }, M: N, K: G, N: I, y: dx });
  matMul({ a: { array: x!, transposed: true }, b: upstream, M: I, K: N, N: G, y: dInput });
  matMul({ a: { array: before, transposed: true }, b: upstream, M: H, K: N, N: G, y: dRecurrent });
  const gradients = [dx, dInput, dRecurrent, columnSums(dGates, N, G, { into: gradientOf(bias!) })];
  dispose(dGates, dCell, before, upstream.largest);
  return gradients;
}

function sizes({ x, recurrent }: Tensors) {
  const [B, T, I] = x!.shape as [number, number, number];
  return { B, T, I, H: recurrent!.shape[0]! };
}
