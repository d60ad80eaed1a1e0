// A matrix product as it is asked for: y = a · b, and what follows while the result is at hand.
import type * as tf from '#tfjs';
import type { Program } from '../program.ts';

export interface Operand {
  array: tf.TensorInfo;
  /** Stored (columns, rows). */
  transposed?: boolean;
  /** Where in its array it starts: a multiple of the length of a row as stored. */
  start?: number;
  /** Of a gradient: its largest magnitude, by which it is brought into the range of float16. Of one operand only. */
  largest?: tf.TensorInfo | undefined;
}

export interface Product {
  /** (M, K) by (K, N) */
  a: Operand;
  b: Operand;
  M: number;
  N: number;
  K: number;
  y: tf.TensorInfo;
  /** Where in its array y starts: a multiple of N. */
  start?: number;
  /** Added to what y holds. */
  accumulated?: boolean;
  /** (N), added. */
  bias?: tf.TensorInfo | undefined;
  /** Takes what there is up to here, (M, N); then comes GELU. */
  before?: tf.TensorInfo | undefined;
  /** (M, N), added. */
  residual?: tf.TensorInfo | undefined;
}

/** How a product is cut: tiles of the result, and slices along K, each so long. */
export interface Tiling {
  tile: 64 | 128;
  slices: number;
  slice: number;
}

/** Numbers of a program that makes tiles. */
export const TILE_NUMBERS = {
  M: 'u32',
  N: 'u32',
  K: 'u32',
  startA: 'u32',
  startB: 'u32',
  startY: 'u32',
  slice: 'u32',
} as const;

export function runTiles(program: Program, product: Product, { tile, slices, slice }: Tiling): void {
  const { a, b, M, N, K, start = 0 } = product;
  const numbers = { M, N, K, startA: a.start ?? 0, startB: b.start ?? 0, startY: start, slice };
  program.run(givenArrays(product), numbers, [Math.ceil(N / tile), Math.ceil(M / tile), slices]);
}

/** Which of the steps after the product there are, for a program's code. */
export interface Steps {
  accumulated: boolean;
  bias: boolean;
  before: boolean;
  residual: boolean;
}

export function stepsOf({ accumulated, bias, before, residual }: Product): Steps {
  return {
    accumulated: accumulated === true,
    bias: bias !== undefined,
    before: before !== undefined,
    residual: residual !== undefined,
  };
}

/** What programs that make tiles have in common; `Layout` is how an operand lies in memory. */
export interface TileVariant<Layout> extends Steps {
  tile: Tiling['tile'];
  a: Layout;
  b: Layout;
  /** The result is written four elements at a time. */
  wide: boolean;
  /** Tiles are of float16; sums are float32. */
  half: boolean;
  /** Which operand is a gradient that is scaled into the range of float16. */
  scaled: 'a' | 'b' | 'none';
}

export function tileVariant<Layout>(
  product: Product,
  { tile }: Tiling,
  half: boolean,
  layouts: { a: Layout; b: Layout },
): TileVariant<Layout> {
  const { a, b, N } = product;
  const scaled = !half ? 'none' : a.largest ? 'a' : b.largest ? 'b' : 'none';
  return { tile, ...layouts, wide: N % 4 === 0, half, scaled, ...stepsOf(product) };
}

/** The arrays that `finish` works on, all of the same elements. */
export function arraysOfSteps({ bias, before, residual }: Steps, elements: 'f32' | 'vec4f') {
  const reads = { ...(bias && { bias: elements }), ...(residual && { residual: elements }) };
  return { reads, writes: { y: elements, ...(before && { before: elements }) } };
}

export function givenArrays({ a, b, y, bias, before, residual }: Product): Record<string, tf.TensorInfo> {
  const steps = { ...(bias && { bias }), ...(before && { before }), ...(residual && { residual }) };
  const largest = a.largest ?? b.largest;
  return { a: a.array, b: b.array, y, ...steps, ...(largest && { largest }) };
}

/** `finish(at, column, sum)`, after GELU: what becomes of the element of y at `at`, which stands in that column. */
export function finish({ accumulated, bias, before, residual }: Steps, elements: 'f32' | 'vec4f'): string {
  const activated =
    elements === 'f32' ? 'gelu(value)' : 'vec4f(gelu(value.x), gelu(value.y), gelu(value.z), gelu(value.w))';
  return `
fn finish(at: u32, column: u32, sum: ${elements}) {
  var value = sum;
  ${bias ? 'value += bias[column];' : ''}
  ${before ? `before[at] = value; value = ${activated};` : ''}
  ${residual ? 'value += residual[at];' : ''}
  y[at] ${accumulated ? '+=' : '='} value;
}`;
}

/** `finishFour(slice, row, column, sums)`: elements of y from a column on, in a slice's part, which is all if there is one. */
export function finishFour(wide: boolean): string {
  const narrow = 'for (var i = 0u; i < 4u && column + i < n.N; i++) { finish(at + i, column + i, sums[i]); }';
  return `
fn finishFour(slice: u32, row: u32, column: u32, sums: vec4f) {
  if (row >= n.M || column >= n.N) { return; }
  let at = n.startY + (slice * n.M + row) * n.N + column;
  ${wide ? 'finish(at / 4u, column / 4u, sums);' : narrow}
}`;
}

/**
 * `scale`, a power of two that brings the largest magnitude to about 2^14, and `scaleA` and `scaleB`, which are it or 1.
 * What is not finite stays so.
 */
export function scales(scaled: TileVariant<unknown>['scaled']): string {
  const bits = 'u32(clamp(268 - i32(bitcast<u32>(largest[0]) >> 23u), 1, 227)) << 23u'; // 127 + 14 + 127 − the exponent
  return `
  let scale = ${scaled === 'none' ? '1.0' : `bitcast<f32>(${bits})`};
  let scaleA = ${scaled === 'a' ? 'scale' : '1.0'};
  let scaleB = ${scaled === 'b' ? 'scale' : '1.0'};`;
}
