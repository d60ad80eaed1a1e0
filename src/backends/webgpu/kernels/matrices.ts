// The matrix product by what the GPU multiplies matrices with: operands go to workgroup memory as float16, and each
// subgroup keeps its part of the result's tile, summed in float32, as matrices of the units' size.
import { type ProgramSource, programs } from '../program.ts';
import type { MatrixUnits } from '../units.ts';
import { GELU } from '../wgsl.ts';
import {
  arraysOfSteps,
  finish,
  finishFour,
  givenArrays,
  type Operand,
  type Product,
  type Scaled,
  type Steps,
  scaledOf,
  scales,
  stepsOf,
  type Tiling,
} from './product.ts';

interface Variant extends Steps {
  tile: Tiling['tile'];
  a: Layout;
  b: Layout;
  wide: boolean;
  scaled: Scaled;
  units: MatrixUnits;
}

/** What lies one after another in memory, K or the result's elements; `fours`: it is read four at a time. */
interface Layout {
  alongK: boolean;
  fours: boolean;
}

/** Of K at a time. */
const DEPTH = 32;
/** Elements by which rows in workgroup memory are longer, so that they begin in different banks. */
const GAP = 8;

const programOf = programs(sourceOf);

export function multiplyByUnits(product: Product, { tile, slices, slice }: Tiling, units: MatrixUnits): void {
  const { a, b, M, N, K, start = 0 } = product;
  const variant = {
    tile,
    a: layoutOf(a, a.transposed !== true, { K, length: M }),
    b: layoutOf(b, b.transposed === true, { K, length: N }),
    wide: N % 4 === 0,
    scaled: scaledOf(product, true),
    units,
    ...stepsOf(product),
  };
  const numbers = { M, N, K, startA: a.start ?? 0, startB: b.start ?? 0, startY: start, slice };
  const workgroups = [Math.ceil(N / tile), Math.ceil(M / tile), slices] as const;
  programOf(variant).run(givenArrays(product), numbers, workgroups);
}

function layoutOf(
  { start = 0 }: Operand,
  alongK: boolean,
  { K, length }: { K: number; length: number },
): Layout {
  return { alongK, fours: (alongK ? K : length) % 4 === 0 && start % 4 === 0 };
}

function sourceOf({ tile, a, b, wide, scaled, units, ...steps }: Variant): ProgramSource {
  const { M, N, K, lanes, subgroups } = units;
  const threads = lanes * subgroups;
  const elements = wide ? 'vec4f' : 'f32';
  const { reads, writes } = arraysOfSteps(steps, elements);
  // Subgroups stand in two rows, each with so much of the tile:
  const [height, width] = [tile / 2, (2 * tile) / subgroups];
  const [down, across] = [counted(height / M), counted(width / N)];
  const brought = counted((tile * DEPTH) / 4 / threads); // fours of each operand, by a thread
  const each = (code: (operand: Side, i: number) => string) =>
    SIDES.flatMap((operand) => brought.map((i) => code(operand, i))).join('\n    ');
  const layouts = { A: a, B: b };
  const next = (operand: Side, i: number, k: string) =>
    `next${operand}${i} = load${operand}(${k}, end, ${operand === 'A' ? 'row0' : 'column0'}, place${operand}${i});`;
  return {
    name: `matMul ${tile}, by units`,
    enable: [
      'f16',
      'subgroups',
      'chromium_experimental_subgroup_matrix',
      ...(units.chosen ? ['subgroup_size_control'] : []),
    ],
    reads: {
      a: a.fours ? 'vec4f' : 'f32',
      b: b.fours ? 'vec4f' : 'f32',
      ...(scaled !== 'none' && { largest: 'f32' }),
      ...reads,
    },
    writes,
    numbers: { M: 'u32', N: 'u32', K: 'u32', startA: 'u32', startB: 'u32', startY: 'u32', slice: 'u32' },
    threads,
    subgroups: { size: units.chosen ? lanes : undefined },
    declarations: `
var<workgroup> tileA: array<vec4h, ${sizeOf(a, tile)}>;
var<workgroup> tileB: array<vec4h, ${sizeOf(b, tile)}>;
var<workgroup> results: array<vec4f, ${(subgroups * M * N) / 4}>;
${GELU}
${loader('A', 'M', a)}
${loader('B', 'N', b)}
${finish(steps, elements)}
${finishFour(wide)}`,
    body: `${scales(scaled)}
  let k0 = place.z * n.slice;
  let end = min(n.K, k0 + n.slice);
  let row0 = place.y * ${tile}u;
  let column0 = place.x * ${tile}u;
  let ownRow = subgroup / ${subgroups / 2}u * ${height}u;
  let ownColumn = subgroup % ${subgroups / 2}u * ${width}u;
  ${each((operand, i) => `let place${operand}${i} = ${placeOf(layouts[operand], tile, `(thread + ${i * threads}u)`)};`)}
  ${each((operand, i) => `var ${next(operand, i, 'k0')}`)}
  ${down.map((i) => across.map((j) => `var sum${i}_${j} = subgroup_matrix_result<f32, ${N}, ${M}>();`).join(' ')).join('\n  ')}
  for (var k = k0; k < end; k += ${DEPTH}u) {
    ${each((operand, i) => put(operand, layouts[operand], tile, i))}
    workgroupBarrier();
    ${each((operand, i) => next(operand, i, `k + ${DEPTH}u`))}
    ${counted(DEPTH / K)
      .map(
        (step) => `{
      ${down.map((i) => `let left${i} = ${load('A', units, a, tile, `ownRow + ${i * M}u`, step * K)};`).join('\n      ')}
      ${across.map((j) => `let right${j} = ${load('B', units, b, tile, `ownColumn + ${j * N}u`, step * K)};`).join('\n      ')}
      ${down.flatMap((i) => across.map((j) => `sum${i}_${j} = subgroupMatrixMultiplyAccumulate(left${i}, right${j}, sum${i}_${j});`)).join('\n      ')}
    }`,
      )
      .join('\n    ')}
    workgroupBarrier();
  }
  ${down.flatMap((i) => across.map((j) => drain(units, `sum${i}_${j}`, i * M, j * N))).join('\n  ')}`,
  };
}

type Side = 'A' | 'B';
const SIDES = ['A', 'B'] as const;

function counted(count: number): number[] {
  return [...Array(count).keys()];
}

/** How many rows an operand's tile has in workgroup memory; of how many fours they are, and how far apart, in fours. */
function rowsOf({ alongK }: Layout, tile: number): { rows: number; fours: number; stride: number } {
  const [length, rows] = alongK ? [DEPTH, tile] : [tile, DEPTH];
  return { rows, fours: length / 4, stride: (length + GAP) / 4 };
}

function sizeOf(layout: Layout, tile: number): number {
  const { rows, stride } = rowsOf(layout, tile);
  return rows * stride;
}

/** Of the four that has that number in an operand's tile: (row, four of the row). */
function placeOf(layout: Layout, tile: number, number: string): string {
  const { fours } = rowsOf(layout, tile);
  return `vec2u(${number} / ${fours}u, ${number} % ${fours}u)`;
}

/** `loadA(k0, end, first, place)`: the four at that place of the tile, zero where the operand has none. */
function loader(operand: Side, length: 'M' | 'N', { alongK, fours }: Layout): string {
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
function put(operand: Side, layout: Layout, tile: number, i: number): string {
  const { stride } = rowsOf(layout, tile);
  const place = `place${operand}${i}`;
  return `tile${operand}[${place}.x * ${stride}u + ${place}.y] = vec4h(next${operand}${i} * scale${operand});`;
}

/** A matrix of the units' size from an operand's tile: `at` along the result, and at a k. */
function load(
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
function drain({ M, N, lanes }: MatrixUnits, sums: string, row: number, column: number): string {
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
