// The matrix product on ordinary cores: the workgroup tile is staged in workgroup memory, and each of 16 × 16 threads keeps a
// register tile of 4 × 4 sums, or of 8 × 8 as four of them, which are 64 apart in y so that neighbours read neighbours.
import { type ProgramSource, programs } from '../../program.ts';
import type { Product } from './product.ts';
import {
  type OperandLayout,
  runTiles,
  type TileVariant,
  type Tiling,
  tileProgram,
  tileVariant,
} from './tile-program.ts';

const THREADS = 256;
const SIDE = 16;

const programOf = programs(sourceOf);

export function multiplyInRegisters(product: Product, tiling: Tiling, half: boolean): void {
  const { a, b, ...variant } = tileVariant(product, tiling, half);
  runTiles(programOf({ ...variant, a: inFours(a), b: inFours(b) }), product, tiling);
}

/** A four goes along the tile's side. Where memory goes along K instead, its elements are a row of memory apart. */
function inFours({ alongK, fours }: OperandLayout): OperandLayout {
  return { alongK, fours: fours && !alongK };
}

export function sourceOf(variant: TileVariant): ProgramSource {
  const { tile, a, b, half } = variant;
  const depth = (4 * THREADS) / tile; // of K a step: each thread stages four elements of each operand
  const blocks = [...Array(tile / (4 * SIDE)).keys()];
  const rows = blocks.flatMap((block) => [0, 1, 2, 3].map((row) => ({ block, row })));
  const sums = rows.flatMap(({ block, row }) => blocks.map((column) => ({ block, row, column })));
  const stride = tile / 4 + 1; // one more than needed, so that columns begin in different banks
  const vector = half ? 'vec4h' : 'vec4f';
  const staged = `array<${vector}, ${depth * stride}>`;
  return tileProgram(variant, {
    name: `matMul ${tile}`,
    enable: half ? ['f16'] : [],
    elements: { a: a.fours ? 'vec4f' : 'f32', b: b.fours ? 'vec4f' : 'f32' },
    threads: THREADS,
    declarations: `
var<workgroup> tileA: ${staged}; // (depth, tile)
var<workgroup> tileB: ${staged};
${loader('A', 'M', a)}
${loader('B', 'N', b)}`,
    body: `
  let across = thread % ${SIDE}u;
  let down = thread / ${SIDE}u;
  let placeA = ${placeOf(a, tile, depth)}; // (k, four of the tile's side): what this thread stages
  let placeB = ${placeOf(b, tile, depth)};
  var nextA = loadA(k0 + placeA.x, end, row0 + 4u * placeA.y);
  var nextB = loadB(k0 + placeB.x, end, column0 + 4u * placeB.y);
  ${sums.map((sum) => `var ${nameOf(sum)} = vec4f();`).join(' ')}
  for (var k = k0; k < end; k += ${depth}u) {
    tileA[placeA.x * ${stride}u + placeA.y] = ${vector}(nextA * scaleA);
    tileB[placeB.x * ${stride}u + placeB.y] = ${vector}(nextB * scaleB);
    workgroupBarrier();
    nextA = loadA(k + ${depth}u + placeA.x, end, row0 + 4u * placeA.y); // on its way during the products
    nextB = loadB(k + ${depth}u + placeB.x, end, column0 + 4u * placeB.y);
    for (var i = 0u; i < ${depth}u; i++) {
      ${blocks.map((j) => `let a${j} = vec4f(tileA[i * ${stride}u + down + ${j * SIDE}u]);`).join(' ')}
      ${blocks.map((j) => `let b${j} = vec4f(tileB[i * ${stride}u + across + ${j * SIDE}u]);`).join(' ')}
      ${sums.map((sum) => `${nameOf(sum)} += a${sum.block}[${sum.row}] * b${sum.column};`).join('\n      ')}
    }
    workgroupBarrier();
  }
  var sums = array(${sums.map(nameOf).join(', ')});
  for (var i = 0u; i < ${sums.length}u; i++) {
    let own = i / ${blocks.length}u; // which of the thread's rows
    let row = row0 + own / 4u * 64u + 4u * down + own % 4u;
    storeFour(place.z, row, column0 + i % ${blocks.length}u * 64u + 4u * across, sums[i] / scale);
  }`,
  });
}

/** A register holds four neighbours of a row of y: one row of one block of rows, in one block of columns. */
function nameOf({ block, row, column }: { block: number; row: number; column: number }): string {
  return `sum${block}${row}${column}`;
}

/** Neighbouring threads read neighbours in memory. */
function placeOf({ alongK }: OperandLayout, tile: number, depth: number): string {
  return alongK
    ? `vec2u(thread % ${depth}u, thread / ${depth}u)`
    : `vec2u(thread / ${tile / 4}u, thread % ${tile / 4}u)`;
}

/** `loadA(k, end, at)` reads four elements of the operand from `at` on along y, zero where it has none. */
function loader(operand: 'A' | 'B', length: 'M' | 'N', { alongK, fours }: OperandLayout): string {
  const array = operand.toLowerCase();
  const start = alongK ? 'at * n.K + k' : `k * n.${length} + at`;
  const step = alongK ? 'n.K' : '1u';
  const four = [0, 1, 2, 3].map(
    (i) => `if (at + ${i}u < n.${length}) { four[${i}] = ${array}[start + ${i}u * ${step}]; }`,
  );
  return `
fn load${operand}(k: u32, end: u32, at: u32) -> vec4f {
  var four = vec4f();
  if (k >= end || at >= n.${length}) { return four; }
  let start = n.start${operand} + ${start};
  ${fours ? `return ${array}[start / 4u];` : `${four.join('\n  ')}\n  return four;`}
}`;
}
