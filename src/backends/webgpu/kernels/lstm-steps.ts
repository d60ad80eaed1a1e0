// One time step of an LSTM, forward and backward: each thread has one unit of one text. They are asked for T times.
import { type ProgramSource, programs } from '../program.ts';
import { SIGMOIDS } from '../wgsl.ts';

/** Units of a workgroup, and how far it goes along a product at a time. */
const SIDE = 16;

/** Texts of a workgroup: more share what is read of the matrix. */
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
 * `gates` hold what comes from the input, and then what they are; `from` says whether the state before the first step
 * is given.
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
var<workgroup> matrix: array<vec4f, ${SIDE * SIDE}>; // of four gates
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
  let input = sigmoid(gates[at] + sum.x);
  let forget = sigmoid(gates[at + n.H] + sum.y);
  let fresh = hyperbolic(gates[at + 2u * n.H] + sum.z);
  let shown = sigmoid(gates[at + 3u * n.H] + sum.w);
  let now = forget * cellBefore(b, unit) + input * fresh;
  gates[at] = input;
  gates[at + n.H] = forget;
  gates[at + 2u * n.H] = fresh;
  gates[at + 3u * n.H] = shown;
  cells[row * n.H + unit] = now;
  y[row * n.H + unit] = shown * hyperbolic(now);`,
  }),
);

/** `slopes` are the gradients of what the gates were made from; `carried` is that of the cell before. */
export const stepBackward = programs(
  ({ rows }: { rows: Rows }): ProgramSource => ({
    name: 'lstmGrad: step',
    reads: { dy: 'f32', recurrent: 'f32', gates: 'f32', cells: 'f32' },
    writes: { slopes: 'f32', carried: 'f32' },
    numbers: NUMBERS,
    threads: SIDE * rows,
    declarations: `
var<workgroup> after: array<f32, ${SIDE * rows}>;
var<workgroup> matrix: array<f32, ${SIDE * (SIDE + 1)}>; // (units, along), in rows one longer so that banks differ
${SIGMOIDS}`,
    body: `${PLACE}
  let b = place.y * ${rows}u + thread / ${SIDE}u;
  let isLast = n.t + 1u == n.T;
  var dh = 0.0;
  let length = select(4u * n.H, 0u, isLast);
  for (var j0 = 0u; j0 < length; j0 += ${SIDE}u) {
    after[thread] = 0.0;
    if (b < n.B && j0 + lane < length) { after[thread] = slopes[(b * n.T + n.t + 1u) * length + j0 + lane]; }
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
  let input = gates[at];
  let forget = gates[at + n.H];
  let fresh = gates[at + 2u * n.H];
  let shown = gates[at + 3u * n.H];
  let bent = hyperbolic(cells[row * n.H + unit]);
  dh += dy[row * n.H + unit];
  var dc = dh * shown * (1.0 - bent * bent);
  if (!isLast) { dc += carried[b * n.H + unit]; }
  var cellBefore = 0.0;
  if (n.t > 0u) { cellBefore = cells[(row - 1u) * n.H + unit]; }
  slopes[at] = dc * fresh * input * (1.0 - input);
  slopes[at + n.H] = dc * cellBefore * forget * (1.0 - forget);
  slopes[at + 2u * n.H] = dc * input * (1.0 - fresh * fresh);
  slopes[at + 3u * n.H] = dh * bent * shown * (1.0 - shown);
  carried[b * n.H + unit] = dc * forget;`,
  }),
);
