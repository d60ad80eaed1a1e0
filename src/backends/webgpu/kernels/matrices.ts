// The matrix product by what the GPU multiplies matrices with: operands go to workgroup memory as float16, and each
// subgroup keeps its part of the result's tile, summed in float32, as matrices of the units' size.
import { type ProgramSource, programs } from '../program.ts';
import type { MatrixUnits } from '../units.ts';
import { GELU } from '../wgsl.ts';
import {
  counted,
  DEPTH,
  drain,
  type Layout,
  load,
  loader,
  placeOf,
  put,
  SIDES,
  type Side,
  sizeOf,
} from './matrices-code.ts';
import {
  arraysOfSteps,
  finish,
  finishFour,
  type Operand,
  type Product,
  runTiles,
  scales,
  TILE_NUMBERS,
  type TileVariant,
  type Tiling,
  tileVariant,
} from './product.ts';

interface Variant extends TileVariant<Layout> {
  units: MatrixUnits;
}

const programOf = programs(sourceOf);

export function multiplyByUnits(product: Product, tiling: Tiling, units: MatrixUnits): void {
  const { a, b, M, N, K } = product;
  const variant = tileVariant(product, tiling, true, {
    a: layoutOf(a, a.transposed !== true, { K, length: M }),
    b: layoutOf(b, b.transposed === true, { K, length: N }),
  });
  runTiles(programOf({ ...variant, units }), product, tiling);
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
    numbers: TILE_NUMBERS,
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
