// WGSL of the product by matrix units: how operands stand in workgroup memory, come there, and become matrices.
import type { MatrixUnits } from '../units.ts';

/** What lies one after another in memory, K or the result's elements; `fours`: it is read four at a time. */
export interface Layout {
  alongK: boolean;
  fours: boolean;
}

/** Of K at a time. */
export const DEPTH = 32;
/** Elements by which rows in workgroup memory are longer, so that they begin in different banks. */
const GAP = 8;

export type Side = 'A' | 'B';
export const SIDES = ['A', 'B'] as const;

export function counted(count: number): number[] {
  return [...Array(count).keys()];
}

/** How many rows an operand's tile has in workgroup memory; of how many fours they are, and how far apart, in fours. */
function rowsOf({ alongK }: Layout, tile: number): { rows: number; fours: number; stride: number } {
  const [length, rows] = alongK ? [DEPTH, tile] : [tile, DEPTH];
  return { rows, fours: length / 4, stride: (length + GAP) / 4 };
}

export function sizeOf(layout: Layout, tile: number): number {
  const { rows, stride } = rowsOf(layout, tile);
  return rows * stride;
}

/** Of the four that has that number in an operand's tile: (row, four of the row). */
export function placeOf(layout: Layout, tile: number, number: string): string {
  const { fours } = rowsOf(layout, tile);
  return `vec2u(${number} / ${fours}u, ${number} % ${fours}u)`;
}

/** `loadA(k0, end, first, place)`: the four at that place of the tile, zero where the operand has none. */
export function loader(operand: Side, length: 'M' | 'N', { alongK, fours }: Layout): string {
  const array = operand.toLowerCase();
  const [along, across] = alongK ? ['k', 'at'] : ['at', 'k'];
  const limit = alongK ? 'end' : `n.${length}`;
  const four = [0, 1, 2, 3].map(
    (i) => `if (${along} + ${i}u < ${limit}) { four[${i}] = ${array}[start + ${i}u]; }`,
  );
  return `
fn load${operand}(k0: u32, end: u32, first: u32, place: vec2u) -> vec4f {
  let k = k0 + ${alongK ? '4u * place.y' : 'place.x'};
  let at = first + ${alongK ? 'place.x' : '4u * place.y'};
  var four = vec4f();
  if (k >= end || at >= n.${length}) { return four; }
  let start = n.start${operand} + ${across} * n.${alongK ? 'K' : length} + ${along};
  ${fours ? `return ${array}[start / 4u];` : `${four.join('\n  ')}\n  return four;`}
}`;
}

/** Writes a four to its place in workgroup memory. */
export function put(operand: Side, layout: Layout, tile: number, i: number): string {
  const { stride } = rowsOf(layout, tile);
  const place = `place${operand}${i}`;
  return `tile${operand}[${place}.x * ${stride}u + ${place}.y] = vec4h(next${operand}${i} * scale${operand});`;
}

/** A matrix of the units' size from an operand's tile: `at` along the result, and at a k. */
export function load(
  operand: Side,
  { M, N, K }: MatrixUnits,
  layout: Layout,
  tile: number,
  at: string,
  k: number,
): string {
  const { stride } = rowsOf(layout, tile);
  const type =
    operand === 'A' ? `subgroup_matrix_left<f16, ${K}, ${M}>` : `subgroup_matrix_right<f16, ${N}, ${K}>`;
  const order = layout.alongK === (operand === 'A') ? 'row_major' : 'col_major';
  const start = layout.alongK ? `(${at}) * ${stride}u + ${k / 4}u` : `${k * stride}u + (${at}) / 4u`;
  return `subgroupMatrixLoad<${type}, ${order}>(&tile${operand}, ${start}, ${stride}u)`;
}

/** From a subgroup's sums, by way of workgroup memory, to what follows the product. */
export function drain({ M, N, lanes }: MatrixUnits, sums: string, row: number, column: number): string {
  const own = `subgroup * ${(M * N) / 4}u`;
  return `subgroupMatrixStore<row_major>(&results, ${own}, ${sums}, ${N / 4}u);
  workgroupBarrier();
  for (var i = lane; i < ${(M * N) / 4}u; i += ${lanes}u) {
    let row = row0 + ownRow + ${row}u + i / ${N / 4}u;
    let column = column0 + ownColumn + ${column}u + i % ${N / 4}u * 4u;
    finishFour(place.z, row, column, results[${own} + i] / scale);
  }
  workgroupBarrier();`;
}
