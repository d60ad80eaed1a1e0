// The product of at most four rows with a matrix, as in decoding. It is bound by reading the matrix, which is read once.
import { type ProgramSource, programs } from '../../program.ts';
import { GELU } from '../../wgsl.ts';
import { type Epilogue, epilogueArrays, epilogueOf, storeCode } from './epilogue.ts';
import { arraysOf, type Product } from './product.ts';

const MOST_ROWS = 4;
const THREADS = 256;
/** b is (K, N): so many of a workgroup's threads are side by side along N, with four columns each, or one; the rest along K. */
const ACROSS = 8;
/** b is (N, K): so many threads share a column of y, which is a row of b. */
const LANES = 16;
const COLUMNS = THREADS / LANES;

interface Variant extends Epilogue {
  /** M */
  rows: number;
  /** A row of b is a multiple of four elements long, so that four are read at once. */
  wide: boolean;
}

export function isGemv({ a, b, M, start }: Product): boolean {
  return M <= MOST_ROWS && !a.transposed && !b.start && !start;
}

export function gemv(product: Product): void {
  const { a, b, M, N, K } = product;
  const row = b.transposed ? K : N;
  const wide = row % 4 === 0;
  const length = wide ? row / 4 : row;
  const startA = a.start ?? 0;
  const variant = { rows: M, wide, ...epilogueOf(product) };
  const arrays = arraysOf(product);
  if (b.transposed) {
    const numbers = { N, length, startA: wide ? startA / 4 : startA };
    alongRows(variant).run(arrays, numbers, Math.ceil(N / COLUMNS));
  } else acrossRows(variant).run(arrays, { columns: length, K, startA }, Math.ceil(length / ACROSS));
}

/** b is (K, N): a thread goes down its columns of b, and the threads of a column are reduced in workgroup memory. */
const acrossRows = programs(({ rows, wide, ...epilogue }: Variant): ProgramSource => {
  const elements = wide ? 'vec4f' : 'f32';
  const { reads, writes } = epilogueArrays(epilogue, elements);
  const forEachRow = (code: (row: number) => string) => [...Array(rows).keys()].map(code).join('\n      ');
  return {
    name: 'gemv',
    reads: { a: 'f32', b: elements, ...reads },
    writes,
    numbers: { columns: 'u32', K: 'u32', startA: 'u32' },
    threads: THREADS,
    declarations: `
var<workgroup> partial: array<${elements}, ${THREADS * rows}>;
${GELU}
${storeCode(epilogue, elements)}`,
    body: `
  let column = group * ${ACROSS}u + thread % ${ACROSS}u;
  ${forEachRow((row) => `var sum${row} = ${elements}();`)}
  if (column < n.columns) {
    for (var k = thread / ${ACROSS}u; k < n.K; k += ${THREADS / ACROSS}u) {
      let factor = b[k * n.columns + column];
      ${forEachRow((row) => `sum${row} += a[n.startA + ${row}u * n.K + k] * factor;`)}
    }
  }
  ${forEachRow((row) => `partial[${row * THREADS}u + thread] = sum${row};`)}
  workgroupBarrier();
  for (var half = ${THREADS / 2}u; half >= ${ACROSS}u; half >>= 1u) {
    if (thread < half) {
      ${forEachRow((row) => `partial[${row * THREADS}u + thread] += partial[${row * THREADS}u + thread + half];`)}
    }
    workgroupBarrier();
  }
  if (thread >= ${ACROSS}u || column >= n.columns) { return; }
  ${forEachRow((row) => `store(${row}u * n.columns + column, column, partial[${row * THREADS}u + thread]);`)}`,
  };
});

/** b is (N, K): the threads of a column of y go along a row of b together. */
const alongRows = programs(({ rows, wide, ...epilogue }: Variant): ProgramSource => {
  const elements = wide ? 'vec4f' : 'f32';
  const { reads, writes } = epilogueArrays(epilogue, 'f32');
  const forEachRow = (code: (row: number) => string) => [...Array(rows).keys()].map(code).join('\n      ');
  const stride = LANES + 1; // one more than needed, so that columns begin in different banks
  return {
    name: 'gemv, transposed',
    reads: { a: elements, b: elements, ...reads },
    writes,
    numbers: { N: 'u32', length: 'u32', startA: 'u32' },
    threads: THREADS,
    declarations: `
var<workgroup> partial: array<f32, ${rows * COLUMNS * stride}>;
${GELU}
${storeCode(epilogue, 'f32')}`,
    body: `
  let own = group * ${COLUMNS}u + thread / ${LANES}u;
  let lane = thread % ${LANES}u;
  ${forEachRow((row) => `var sum${row} = ${elements}();`)}
  if (own < n.N) {
    for (var k = lane; k < n.length; k += ${LANES}u) {
      let factor = b[own * n.length + k];
      ${forEachRow((row) => `sum${row} += a[n.startA + ${row}u * n.length + k] * factor;`)}
    }
  }
  let stored = thread / ${LANES}u * ${stride}u + lane;
  ${forEachRow((row) => `partial[${row * COLUMNS * stride}u + stored] = ${wide ? `dot(sum${row}, vec4f(1.0))` : `sum${row}`};`)}
  workgroupBarrier();
  let row = thread / ${COLUMNS}u;
  let column = group * ${COLUMNS}u + thread % ${COLUMNS}u;
  if (row >= ${rows}u || column >= n.N) { return; }
  var sum = 0.0;
  for (var i = 0u; i < ${LANES}u; i++) { sum += partial[(row * ${COLUMNS}u + thread % ${COLUMNS}u) * ${stride}u + i]; }
  store(row * n.N + column, column, sum);`,
  };
});
