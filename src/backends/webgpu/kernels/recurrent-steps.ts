// One time step of a recurrent layer, forward and backward, which are run T times. A thread computes one hidden unit of one
// sequence; a workgroup stages the recurrent matrix tile by tile in workgroup memory. What the unit then computes is its
// cell's, in WGSL.
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

/** Where a thread's numbers are: in arrays (B, T, H) at `own`, in arrays (B, T, G) at `at`, H apart; `state` in (B, H). */
const numbersAt = (gates: number) => `
  if (b >= n.B || unit >= n.H) { return; }
  let row = b * n.T + n.t;
  let own = row * n.H + unit;
  let at = row * ${gates}u * n.H + unit;
  let state = b * n.H + unit;`;

type Gates = 1 | 3 | 4;

/** An element of each gate. */
const VECTOR: Readonly<Record<Gates, string>> = { 1: 'f32', 3: 'vec3f', 4: 'vec4f' };

/** What a kind of layer computes of a unit in a step. */
export interface Cell {
  name: string;
  gates: Gates;
  /** Arrays beside `recurrent` that are only read. */
  reads: ProgramSource['reads'] & object;
  /** Arrays that are written. */
  writes: ProgramSource['writes'];
  /** WGSL of functions. */
  declarations?: string;
  body: string;
}

type Variant = { rows: Rows; from: boolean };

/**
 * `body` has the product of the hidden values before the step with each gate's column, `sum`, and must write `y[own]`; it has
 * `hiddenBefore(b, unit)`. With `from` the state before the first step is given, else it is zero.
 */
export function stepForward(cell: (from: boolean) => Cell) {
  return programs(({ rows, from }: Variant): ProgramSource => {
    const { name, gates, reads, writes, declarations = '', body } = cell(from);
    const vector = VECTOR[gates];
    const columns = Array.from({ length: gates }, (_, q) => `recurrent[row + ${q}u * n.H]`);
    return {
      name: `${name}: step`,
      reads: { recurrent: 'f32', ...(from && { hidden: 'f32' }), ...reads },
      writes: { y: 'f32', ...writes },
      numbers: NUMBERS,
      threads: SIDE * rows,
      declarations: `
var<workgroup> before: array<f32, ${SIDE * rows}>;
var<workgroup> matrix: array<${vector}, ${SIDE * SIDE}>;
${SIGMOIDS}
fn hiddenBefore(b: u32, k: u32) -> f32 {
  if (n.t == 0u) { return ${from ? 'hidden[b * n.H + k]' : '0.0'}; }
  return y[(b * n.T + n.t - 1u) * n.H + k];
}
${declarations}`,
      body: `${PLACE}
  let b = place.y * ${rows}u + thread / ${SIDE}u;
  var sum = ${vector}();
  let length = ${from ? 'n.H' : 'select(0u, n.H, n.t > 0u)'};
  for (var k0 = 0u; k0 < length; k0 += ${SIDE}u) {
    before[thread] = 0.0;
    if (b < n.B && k0 + lane < n.H) { before[thread] = hiddenBefore(b, k0 + lane); }
    for (var at = thread; at < ${SIDE * SIDE}u; at += ${SIDE * rows}u) {
      let row = (k0 + at / ${SIDE}u) * ${gates}u * n.H + unit;
      matrix[at] = ${vector}();
      if (k0 + at / ${SIDE}u < n.H && unit < n.H) {
        matrix[at] = ${vector}(${columns.join(', ')});
      }
    }
    workgroupBarrier();
    for (var i = 0u; i < ${SIDE}u; i++) { sum += before[thread - lane + i] * matrix[i * ${SIDE}u + lane]; }
    workgroupBarrier();
  }
  ${numbersAt(gates)}
  ${body}`,
    };
  });
}

/**
 * `body` has the gradient of the hidden values, `dh`, from the output and from the step after, and must write `after`: the
 * gradients of what multiplies `recurrent`, (B, T, G); `isLast` tells the last step, which comes first.
 */
export function stepBackward({ name, gates, reads, writes, body }: Cell, after: string) {
  return programs(
    ({ rows }: Pick<Variant, 'rows'>): ProgramSource => ({
      name: `${name}Grad: step`,
      reads: { dy: 'f32', recurrent: 'f32', ...reads },
      writes,
      numbers: NUMBERS,
      threads: SIDE * rows,
      declarations: `
var<workgroup> staged: array<f32, ${SIDE * rows}>;
var<workgroup> matrix: array<f32, ${SIDE * (SIDE + 1)}>; // (units, SIDE + 1): padded, so that rows begin in different banks
${SIGMOIDS}`,
      body: `${PLACE}
  let b = place.y * ${rows}u + thread / ${SIDE}u;
  let isLast = n.t + 1u == n.T;
  var dh = 0.0;
  let length = select(${gates}u * n.H, 0u, isLast);
  for (var j0 = 0u; j0 < length; j0 += ${SIDE}u) {
    staged[thread] = 0.0;
    if (b < n.B && j0 + lane < length) { staged[thread] = ${after}[(b * n.T + n.t + 1u) * length + j0 + lane]; }
    for (var at = thread; at < ${SIDE * SIDE}u; at += ${SIDE * rows}u) {
      let row = place.x * ${SIDE}u + at / ${SIDE}u;
      var value = 0.0;
      if (row < n.H && j0 + lane < length) { value = recurrent[row * length + j0 + lane]; }
      matrix[at / ${SIDE}u * ${SIDE + 1}u + lane] = value;
    }
    workgroupBarrier();
    for (var i = 0u; i < ${SIDE}u; i++) { dh += staged[thread - lane + i] * matrix[lane * ${SIDE + 1}u + i]; }
    workgroupBarrier();
  }
  ${numbersAt(gates)}
  dh += dy[own];
  ${body}`,
    }),
  );
}
