// One time step of an LSTM, forward and backward, which are run T times. A thread computes one hidden unit of one sequence;
// a workgroup stages the recurrent matrix tile by tile in workgroup memory.
import { type ProgramSource, programs } from '../program.ts';
import { SIGMOIDS } from '../wgsl.ts';

/** A workgroup has so many hidden units, and steps so far along the product with the recurrent matrix. */
const SIDE = 16;

/** Sequences of a workgroup: the more there are, the more share each tile of the matrix. */
type Rows = 1 | 4 | 16;

export function rowsFor(B: number): Rows {
  if (B <= 1) return 1;
  return B <= 4 ? 4 : 16;
}

export function workgroupsFor(B: number, H: number): [number, number, number] {
  return [Math.ceil(H / SIDE), Math.ceil(B / rowsFor(B)), 1];
}

const NUMBERS = { B: 'u32', T: 'u32', H: 'u32', t: 'u32' } as const;

const PLACE = `
  let lane = thread % ${SIDE}u;
  let unit = place.x * ${SIDE}u + lane;`;

/**
 * `gates` (B, T, 4H) hold the inputs' part of the pre-activations, and are overwritten with the activated gates: input,
 * forget, candidate, output. With `from` the state before the first step is given, else it is zero.
 */
export const stepForward = programs(
  ({ rows, from }: { rows: Rows; from: boolean }): ProgramSource => ({
    name: 'lstm: step',
    reads: { recurrent: 'f32', ...(from && { hidden: 'f32', cell: 'f32' }) },
    writes: { y: 'f32', gates: 'f32', cells: 'f32' },
    numbers: NUMBERS,
    threads: SIDE * rows,
    declarations: `
var<workgroup> before: array<f32, ${SIDE * rows}>;
var<workgroup> matrix: array<vec4f, ${SIDE * SIDE}>; // an element of each gate
${SIGMOIDS}
fn hiddenBefore(b: u32, k: u32) -> f32 {
  ${from ? 'if (n.t == 0u) { return hidden[b * n.H + k]; }' : ''}
  return y[(b * n.T + n.t - 1u) * n.H + k];
}
fn cellBefore(b: u32, k: u32) -> f32 {
  if (n.t == 0u) { return ${from ? 'cell[b * n.H + k]' : '0.0'}; }
  return cells[(b * n.T + n.t - 1u) * n.H + k];
}`,
    body: `${PLACE}
  let b = place.y * ${rows}u + thread / ${SIDE}u;
  var sum = vec4f();
  let length = ${from ? 'n.H' : 'select(0u, n.H, n.t > 0u)'};
  for (var k0 = 0u; k0 < length; k0 += ${SIDE}u) {
    before[thread] = 0.0;
    if (b < n.B && k0 + lane < n.H) { before[thread] = hiddenBefore(b, k0 + lane); }
    for (var at = thread; at < ${SIDE * SIDE}u; at += ${SIDE * rows}u) {
      let row = (k0 + at / ${SIDE}u) * 4u * n.H + unit;
      matrix[at] = vec4f();
      if (k0 + at / ${SIDE}u < n.H && unit < n.H) {
        matrix[at] = vec4f(recurrent[row], recurrent[row + n.H], recurrent[row + 2u * n.H], recurrent[row + 3u * n.H]);
      }
    }
    workgroupBarrier();
    for (var i = 0u; i < ${SIDE}u; i++) { sum += before[thread - lane + i] * matrix[i * ${SIDE}u + lane]; }
    workgroupBarrier();
  }
  if (b >= n.B || unit >= n.H) { return; }
  let row = b * n.T + n.t;
  let at = row * 4u * n.H + unit;
  let inputGate = sigmoid(gates[at] + sum.x);
  let forgetGate = sigmoid(gates[at + n.H] + sum.y);
  let candidate = hyperbolic(gates[at + 2u * n.H] + sum.z);
  let outputGate = sigmoid(gates[at + 3u * n.H] + sum.w);
  let newCell = forgetGate * cellBefore(b, unit) + inputGate * candidate;
  gates[at] = inputGate;
  gates[at + n.H] = forgetGate;
  gates[at + 2u * n.H] = candidate;
  gates[at + 3u * n.H] = outputGate;
  cells[row * n.H + unit] = newCell;
  y[row * n.H + unit] = outputGate * hyperbolic(newCell);`,
  }),
);

/**
 * `dGates` (B, T, 4H) are the gradients of the gates' pre-activations, of all steps; `dCell` (B, H) is the gradient of the
 * cell that one step leaves to the one before it in time.
 */
export const stepBackward = programs(
  ({ rows }: { rows: Rows }): ProgramSource => ({
    name: 'lstmGrad: step',
    reads: { dy: 'f32', recurrent: 'f32', gates: 'f32', cells: 'f32' },
    writes: { dGates: 'f32', dCell: 'f32' },
    numbers: NUMBERS,
    threads: SIDE * rows,
    declarations: `
var<workgroup> after: array<f32, ${SIDE * rows}>;
var<workgroup> matrix: array<f32, ${SIDE * (SIDE + 1)}>; // (units, SIDE + 1): padded, so that rows begin in different banks
${SIGMOIDS}`,
    body: `${PLACE}
  let b = place.y * ${rows}u + thread / ${SIDE}u;
  let isLast = n.t + 1u == n.T;
  var dh = 0.0;
  let length = select(4u * n.H, 0u, isLast);
  for (var j0 = 0u; j0 < length; j0 += ${SIDE}u) {
    after[thread] = 0.0;
    if (b < n.B && j0 + lane < length) { after[thread] = dGates[(b * n.T + n.t + 1u) * length + j0 + lane]; }
    for (var at = thread; at < ${SIDE * SIDE}u; at += ${SIDE * rows}u) {
      let row = place.x * ${SIDE}u + at / ${SIDE}u;
      var value = 0.0;
      if (row < n.H && j0 + lane < length) { value = recurrent[row * length + j0 + lane]; }
      matrix[at / ${SIDE}u * ${SIDE + 1}u + lane] = value;
    }
    workgroupBarrier();
    for (var i = 0u; i < ${SIDE}u; i++) { dh += after[thread - lane + i] * matrix[lane * ${SIDE + 1}u + i]; }
    workgroupBarrier();
  }
  if (b >= n.B || unit >= n.H) { return; }
  let row = b * n.T + n.t;
  let at = row * 4u * n.H + unit;
  let inputGate = gates[at];
  let forgetGate = gates[at + n.H];
  let candidate = gates[at + 2u * n.H];
  let outputGate = gates[at + 3u * n.H];
  let activated = hyperbolic(cells[row * n.H + unit]);
  dh += dy[row * n.H + unit];
  var dc = dh * outputGate * (1.0 - activated * activated);
  if (!isLast) { dc += dCell[b * n.H + unit]; }
  var cellBefore = 0.0;
  if (n.t > 0u) { cellBefore = cells[(row - 1u) * n.H + unit]; }
  dGates[at] = dc * candidate * inputGate * (1.0 - inputGate);
  dGates[at + n.H] = dc * cellBefore * forgetGate * (1.0 - forgetGate);
  dGates[at + 2u * n.H] = dc * inputGate * (1.0 - candidate * candidate);
  dGates[at + 3u * n.H] = dh * activated * outputGate * (1.0 - outputGate);
  dCell[b * n.H + unit] = dc * forgetGate;`,
  }),
);
