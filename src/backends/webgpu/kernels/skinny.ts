// The product of a few rows with a large matrix, as in decoding: the matrix is read once, each element by one thread.
import { type ProgramSource, programs } from '../program.ts';
import { GELU } from '../wgsl.ts';
import { arraysOfSteps, finish, givenArrays, type Product, type Steps, stepsOf } from './product.ts';

const MOST_ROWS = 4;
const THREADS = 256;
const ACROSS = 8; // of four columns each, or of one
/** Threads for a column of y where the matrix is transposed, and its rows are y's columns. */
const LANES = 16;
const COLUMNS = THREADS / LANES;

interface Variant extends Steps {
  rows: number;
  wide: boolean;
}

const acrossRows = programs(({ rows, wide, ...steps }: Variant): ProgramSource => {
  const elements = wide ? 'vec4f' : 'f32';
  const { reads, writes } = arraysOfSteps(steps, elements);
  const each = [...Array(rows).keys()];
  return {
    name: 'matMul of few rows',
    reads: { a: 'f32', b: elements, ...reads },
    writes,
    numbers: { columns: 'u32', K: 'u32', startA: 'u32' },
    threads: THREADS,
    declarations: `
var<workgroup> partial: array<${elements}, ${THREADS * rows}>;
${GELU}
${finish(steps, elements)}`,
    body: `
  let column = group * ${ACROSS}u + thread % ${ACROSS}u;
  ${each.map((row) => `var sum${row} = ${elements}();`).join(' ')}
  if (column < n.columns) {
    for (var k = thread / ${ACROSS}u; k < n.K; k += ${THREADS / ACROSS}u) {
      let factor = b[k * n.columns + column];
      ${each.map((row) => `sum${row} += a[n.startA + ${row}u * n.K + k] * factor;`).join(' ')}
    }
  }
  ${each.map((row) => `partial[${row * THREADS}u + thread] = sum${row};`).join(' ')}
  workgroupBarrier();
  for (var half = ${THREADS / 2}u; half >= ${ACROSS}u; half >>= 1u) {
    if (thread < half) {
      ${each.map((row) => `partial[${row * THREADS}u + thread] += partial[${row * THREADS}u + thread + half];`).join(' ')}
    }
    workgroupBarrier();
  }
  if (thread >= ${ACROSS}u || column >= n.columns) { return; }
  ${each.map((row) => `finish(${row}u * n.columns + column, column, partial[${row * THREADS}u + thread]);`).join('\n  ')}`,
  };
});

const alongRows = programs(({ rows, wide, ...steps }: Variant): ProgramSource => {
  const elements = wide ? 'vec4f' : 'f32';
  const { reads, writes } = arraysOfSteps(steps, 'f32');
  const each = [...Array(rows).keys()];
  const stride = LANES + 1; // so that columns lie in different banks
  return {
    name: 'matMul of few rows, transposed',
    reads: { a: elements, b: elements, ...reads },
    writes,
    numbers: { N: 'u32', length: 'u32', startA: 'u32' },
    threads: THREADS,
    declarations: `
var<workgroup> partial: array<f32, ${rows * COLUMNS * stride}>;
${GELU}
${finish(steps, 'f32')}`,
    body: `
  let own = group * ${COLUMNS}u + thread / ${LANES}u;
  let lane = thread % ${LANES}u;
  ${each.map((row) => `var sum${row} = ${elements}();`).join(' ')}
  if (own < n.N) {
    for (var k = lane; k < n.length; k += ${LANES}u) {
      let factor = b[own * n.length + k];
      ${each.map((row) => `sum${row} += a[n.startA + ${row}u * n.length + k] * factor;`).join(' ')}
    }
  }
  let stored = thread / ${LANES}u * ${stride}u + lane;
  ${each.map((row) => `partial[${row * COLUMNS * stride}u + stored] = ${wide ? `dot(sum${row}, vec4f(1.0))` : `sum${row}`};`).join(' ')}
  workgroupBarrier();
  let row = thread / ${COLUMNS}u;
  let column = group * ${COLUMNS}u + thread % ${COLUMNS}u;
  if (row >= ${rows}u || column >= n.N) { return; }
  var sum = 0.0;
  for (var i = 0u; i < ${LANES}u; i++) { sum += partial[(row * ${COLUMNS}u + thread % ${COLUMNS}u) * ${stride}u + i]; }
  finish(row * n.N + column, column, sum);`,
  };
});

export function isSkinny({ a, b, M, start }: Product): boolean {
  return M <= MOST_ROWS && !a.transposed && !b.start && !start;
}

export function skinnyMatMul(product: Product): void {
  const { a, b, M, N, K } = product;
  const together = b.transposed ? K : N;
  const wide = together % 4 === 0;
  const length = wide ? together / 4 : together; // of a row of b
  const startA = a.start ?? 0;
  const variant = { rows: M, wide, ...stepsOf(product) };
  const arrays = givenArrays(product);
  if (b.transposed) {
    const numbers = { N, length, startA: wide ? startA / 4 : startA };
    alongRows(variant).run(arrays, numbers, Math.ceil(N / COLUMNS));
  } else acrossRows(variant).run(arrays, { columns: length, K, startA }, Math.ceil(length / ACROSS));
}
