// Lstm and its gradient, and LstmFrom, which begins from a given state; with peepholes if they are given. The residuals are
// y, the activated gates, and every step's cells.
import type * as tf from '#tfjs';
import { dispose, gradientOf, type Kernel, output, reshaped } from '../memory.ts';
import { columnSums } from './columns.ts';
import { elementWise } from './element-wise.ts';
import { fromInput, inSteps, lastOf, productGradients, sizesOf, type Tensors } from './recurrent.ts';
import { rowsFor, stepBackward, stepForward } from './recurrent-steps.ts';

export const KERNELS: Record<string, Kernel> = { Lstm, LstmFrom, LstmGrad };

/**
 * `gates` (B, T, 4H) hold the inputs' part of the pre-activations, and are overwritten with the activated gates: input,
 * forget, candidate, output.
 */
const forwardStep = (seeing: boolean) =>
  stepForward((from) => ({
    name: 'lstm',
    gates: 4,
    reads: { ...(from && { cell: 'f32' }), ...(seeing && { peepholes: 'f32' }) },
    writes: { gates: 'f32', cells: 'f32' },
    declarations: `
fn cellBefore(b: u32, k: u32) -> f32 {
  if (n.t == 0u) { return ${from ? 'cell[b * n.H + k]' : '0.0'}; }
  return cells[(b * n.T + n.t - 1u) * n.H + k];
}`,
    body: `
  let before = cellBefore(b, unit);
  let inputGate = sigmoid(gates[at] + sum.x${seeing ? ' + peepholes[unit] * before' : ''});
  let forgetGate = sigmoid(gates[at + n.H] + sum.y${seeing ? ' + peepholes[n.H + unit] * before' : ''});
  let candidate = hyperbolic(gates[at + 2u * n.H] + sum.z);
  let newCell = forgetGate * before + inputGate * candidate;
  let outputGate = sigmoid(gates[at + 3u * n.H] + sum.w${seeing ? ' + peepholes[2u * n.H + unit] * newCell' : ''});
  gates[at] = inputGate;
  gates[at + n.H] = forgetGate;
  gates[at + 2u * n.H] = candidate;
  gates[at + 3u * n.H] = outputGate;
  cells[own] = newCell;
  y[own] = outputGate * hyperbolic(newCell);`,
  }));

/**
 * `dGates` (B, T, 4H) are the gradients of the gates' pre-activations, of all steps; `dCell` (B, H) is the gradient of the
 * cell that one step leaves to the one before it in time.
 */
const backwardStep = (seeing: boolean) =>
  stepBackward(
    {
      name: 'lstm',
      gates: 4,
      reads: { gates: 'f32', cells: 'f32', ...(seeing && { peepholes: 'f32' }) },
      writes: { dGates: 'f32', dCell: 'f32' },
      body: `
  let inputGate = gates[at];
  let forgetGate = gates[at + n.H];
  let candidate = gates[at + 2u * n.H];
  let outputGate = gates[at + 3u * n.H];
  let activated = hyperbolic(cells[own]);
  let dOutput = dh * activated * outputGate * (1.0 - outputGate);
  var dc = dh * outputGate * (1.0 - activated * activated);
  if (!isLast) { dc += dCell[state]; }
  ${seeing ? 'dc += dOutput * peepholes[2u * n.H + unit];' : ''}
  var before = 0.0;
  if (n.t > 0u) { before = cells[own - n.H]; }
  let dInput = dc * candidate * inputGate * (1.0 - inputGate);
  let dForget = dc * before * forgetGate * (1.0 - forgetGate);
  dGates[at] = dInput;
  dGates[at + n.H] = dForget;
  dGates[at + 2u * n.H] = dc * inputGate * (1.0 - candidate * candidate);
  dGates[at + 3u * n.H] = dOutput;
  dCell[state] = dc * forgetGate${seeing ? ' + dInput * peepholes[unit] + dForget * peepholes[n.H + unit]' : ''};`,
    },
    'dGates',
  );

const FORWARD = { plain: forwardStep(false), seeing: forwardStep(true) };
const BACKWARD = { plain: backwardStep(false), seeing: backwardStep(true) };

/** What the peepholes' gradient sums over all steps, (B, T, 3H): each gate's gradient times the cell that the gate saw. */
const peepholeTerms = elementWise({
  name: 'lstmGrad: peepholes',
  reads: { dGates: 'f32', cells: 'f32' },
  writes: { terms: 'f32' },
  numbers: { T: 'u32', H: 'u32' },
  code: `
  let row = i / (3u * n.H);
  let gate = i / n.H % 3u;
  let unit = i % n.H;
  let at = row * n.H + unit;
  var seen = 0.0;
  if (gate == 2u) { seen = cells[at]; } else if (row % n.T > 0u) { seen = cells[at - n.H]; }
  terms[i] = dGates[(row * 4u + select(gate, 3u, gate == 2u)) * n.H + unit] * seen;`,
});

function Lstm(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { y, gates, cells } = forward(inputs as Tensors);
  return [y, reshaped(y, y.shape), gates, cells];
}

function LstmFrom({ hidden, cell, ...inputs }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { y, gates, cells } = forward(inputs as Tensors, { hidden: hidden!, cell: cell! });
  const state = [lastOf(y), lastOf(cells)];
  dispose(gates, cells);
  return [y, ...state];
}

function forward(inputs: Tensors, state?: { hidden: tf.TensorInfo; cell: tf.TensorInfo }) {
  const { recurrent, peepholes } = inputs;
  const sizes = sizesOf(inputs);
  const { B, T, H } = sizes;
  const [gates, y, cells] = [fromInput(inputs), output([B, T, H]), output([B, T, H])];
  const program = peepholes ? FORWARD.seeing : FORWARD.plain;
  const step = program({ rows: rowsFor(B), from: state !== undefined });
  const arrays = { recurrent: recurrent!, y, gates, cells, ...state, ...(peepholes && { peepholes }) };
  inSteps(step, arrays, sizes, 'forward');
  return { y, gates, cells };
}

function LstmGrad(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { dy, recurrent, bias, peepholes, r1: gates, r2: cells } = inputs as Tensors;
  const sizes = sizesOf(inputs as Tensors);
  const { B, T, H } = sizes;
  const [N, G] = [B * T, 4 * H];
  const [dGates, dCell] = [output([B, T, G]), output([B, H])];
  const step = (peepholes ? BACKWARD.seeing : BACKWARD.plain)({ rows: rowsFor(B) });
  const given = { dy: dy!, recurrent: recurrent!, gates: gates!, cells: cells! };
  inSteps(step, { ...given, dGates, dCell, ...(peepholes && { peepholes }) }, sizes, 'backward');
  const gradients = productGradients(inputs as Tensors, dGates);
  gradients.push(columnSums(dGates, N, G, { into: gradientOf(bias!) }));
  if (peepholes) {
    const terms = output([B, T, 3 * H]);
    peepholeTerms({ dGates, cells: cells!, terms }, N * 3 * H, { T, H });
    gradients.push(columnSums(terms, N, 3 * H, { into: gradientOf(peepholes) }));
    dispose(terms);
  }
  dispose(dGates, dCell);
  return gradients;
}
