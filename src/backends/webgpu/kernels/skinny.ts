// The product of a few rows with a large matrix, as in decoding: the matrix is read once, each element by one thread.
import { programs } from '../program.ts';
import { GELU } from '../wgsl.ts';
import { arraysOfSteps, finish, givenArrays, type Product, type Steps, stepsOf } from './product.ts';

const MOST_ROWS = 4;
const THREADS = 256;
const ACROSS = 8; // of four columns each, or of one

interface Variant extends Steps {
  rows: number;
  wide: boolean;
}

const programOf = programs(({ rows, wide, ...steps }: Variant) => {
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

export function isSkinny({ a, b, M, start }: Product): boolean {
  return M <= MOST_ROWS && !a.transposed && !b.transposed && !b.start && !start;
}

export function skinnyMatMul(product: Product): void {
  const { a, M, N, K } = product;
  const wide = N % 4 === 0;
  const columns = wide ? N / 4 : N;
  const program = programOf({ rows: M, wide, ...stepsOf(product) });
  program.run(givenArrays(product), { columns, K, startA: a.start ?? 0 }, Math.ceil(columns / ACROSS));
}
