// Column sums of a matrix: gradients of biases and norms, and the reduction of split-K's partial sums.
import type * as tf from '#tfjs';
import { dispose, output } from '../memory.ts';
import { programs } from '../program.ts';

const COLUMNS = 32;
const LANES = 8; // threads of a workgroup that share a column: each adds every eighth row
/** A workgroup sums so many rows. */
const ROWS = 256;

const columnSum = programs(({ accumulated }: { accumulated: boolean }) => ({
  name: 'columnSums',
  reads: { x: 'f32' },
  writes: { sums: 'f32' },
  numbers: { N: 'u32', C: 'u32' },
  threads: COLUMNS * LANES,
  declarations: `var<workgroup> partial: array<f32, ${COLUMNS * LANES}>;`,
  body: `
  let c = place.x * ${COLUMNS}u + thread % ${COLUMNS}u;
  var sum = 0.0;
  if (c < n.C) {
    let end = min(n.N, (place.y + 1u) * ${ROWS}u);
    for (var row = place.y * ${ROWS}u + thread / ${COLUMNS}u; row < end; row += ${LANES}u) { sum += x[row * n.C + c]; }
  }
  partial[thread] = sum;
  workgroupBarrier();
  if (thread >= ${COLUMNS}u || c >= n.C) { return; }
  for (var lane = 1u; lane < ${LANES}u; lane++) { sum += partial[lane * ${COLUMNS}u + thread]; }
  sums[place.y * n.C + c] ${accumulated ? '+=' : '='} sum;`,
}));

interface Target {
  /** The tensor that the sums are written to; a new one if not given. */
  into?: tf.TensorInfo;
  /** The sums are added to what `into` holds. */
  accumulated?: boolean | undefined;
}

/** x (N, C) → (C). Each round reduces every block of rows to one row, until one is left. */
export function columnSums(
  x: tf.TensorInfo,
  N: number,
  C: number,
  { into, accumulated = false }: Target = {},
): tf.TensorInfo {
  const blocks = Math.max(1, Math.ceil(N / ROWS));
  const last = blocks === 1;
  const sums = last ? (into ?? output([C])) : output([blocks, C]);
  const workgroups = [Math.ceil(C / COLUMNS), blocks, 1] as const;
  columnSum({ accumulated: last && accumulated }).run({ x, sums }, { N, C }, workgroups);
  if (last) return sums;
  const total = columnSums(sums, blocks, C, into ? { into, accumulated } : {});
  dispose(sums);
  return total;
}
