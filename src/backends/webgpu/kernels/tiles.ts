// The matrix product, in tiles that stand in workgroup memory; each thread has 4 by 4 or 8 by 8 of the result in registers.
import { type ProgramSource, programs } from '../program.ts';
import { GELU } from '../wgsl.ts';
import {
  arraysOfSteps,
  finish,
  finishFour,
  type Product,
  runTiles,
  scales,
  TILE_NUMBERS,
  type TileVariant,
  type Tiling,
  tileVariant,
} from './product.ts';

/**
 * How an operand's elements along the result lie in memory: one after another, four of which are read at once where
 * that divides them; or a row apart.
 */
type Layout = 'wide' | 'narrow' | 'apart';

const THREADS = 256; // 16 by 16
const SIDE = 16;

const programOf = programs(sourceOf);

export function multiplyInRegisters(product: Product, tiling: Tiling, half: boolean): void {
  const { a, b, M, N } = product;
  const variant = tileVariant(product, tiling, half, {
    a: layoutOf(M, a.transposed === true),
    b: layoutOf(N, b.transposed !== true),
  });
  runTiles(programOf(variant), product, tiling);
}

function layoutOf(length: number, together: boolean): Layout {
  if (!together) return 'apart';
  return length % 4 === 0 ? 'wide' : 'narrow';
}

function sourceOf({ tile, a, b, wide, half, scaled, ...steps }: TileVariant<Layout>): ProgramSource {
  const elements = wide ? 'vec4f' : 'f32';
  const { reads, writes } = arraysOfSteps(steps, elements);
  const depth = (4 * THREADS) / tile; // of K at a time: each thread brings four elements of each operand
  const blocks = [...Array(tile / (4 * SIDE)).keys()];
  const rows = blocks.flatMap((block) => [0, 1, 2, 3].map((row) => ({ block, row })));
  const stride = tile / 4 + 1; // one more than needed, so that columns lie in different banks
  const vector = half ? 'vec4h' : 'vec4f';
  const stored = `array<${vector}, ${depth * stride}>`;
  const place = (layout: Layout) =>
    layout === 'apart'
      ? `vec2u(thread % ${depth}u, thread / ${depth}u)`
      : `vec2u(thread / ${tile / 4}u, thread % ${tile / 4}u)`;
  return {
    name: `matMul ${tile}`,
    enable: half ? ['f16'] : [],
    reads: {
      a: a === 'wide' ? 'vec4f' : 'f32',
      b: b === 'wide' ? 'vec4f' : 'f32',
      ...(scaled !== 'none' && { largest: 'f32' }),
      ...reads,
    },
    writes,
    numbers: TILE_NUMBERS,
    threads: THREADS,
    declarations: `
var<workgroup> tileA: ${stored};
var<workgroup> tileB: ${stored};
${GELU}
${loader('A', 'M', a)}
${loader('B', 'N', b)}
${finish(steps, elements)}
${finishFour(wide)}`,
    body: `
${scales(scaled)}
  let k0 = place.z * n.slice;
  let end = min(n.K, k0 + n.slice);
  let row0 = place.y * ${tile}u;
  let column0 = place.x * ${tile}u;
  let across = thread % ${SIDE}u;
  let down = thread / ${SIDE}u;
  let placeA = ${place(a)}; // (k, four of the tile's side)
  let placeB = ${place(b)};
  var nextA = loadA(k0 + placeA.x, end, row0 + 4u * placeA.y);
  var nextB = loadB(k0 + placeB.x, end, column0 + 4u * placeB.y);
  ${rows.flatMap(({ block, row }) => blocks.map((j) => `var sum${block}${row}${j} = vec4f();`)).join(' ')}
  for (var k = k0; k < end; k += ${depth}u) {
    tileA[placeA.x * ${stride}u + placeA.y] = ${vector}(nextA * scaleA);
    tileB[placeB.x * ${stride}u + placeB.y] = ${vector}(nextB * scaleB);
    workgroupBarrier();
    nextA = loadA(k + ${depth}u + placeA.x, end, row0 + 4u * placeA.y);
    nextB = loadB(k + ${depth}u + placeB.x, end, column0 + 4u * placeB.y);
    for (var i = 0u; i < ${depth}u; i++) {
      ${blocks.map((j) => `let a${j} = vec4f(tileA[i * ${stride}u + down + ${j * SIDE}u]);`).join(' ')}
      ${blocks.map((j) => `let b${j} = vec4f(tileB[i * ${stride}u + across + ${j * SIDE}u]);`).join(' ')}
      ${rows.flatMap(({ block, row }) => blocks.map((j) => `sum${block}${row}${j} += a${block}[${row}] * b${j};`)).join('\n      ')}
    }
    workgroupBarrier();
  }
  var sums = array(${rows.flatMap(({ block, row }) => blocks.map((j) => `sum${block}${row}${j}`)).join(', ')});
  for (var i = 0u; i < ${rows.length * blocks.length}u; i++) {
    let own = i / ${blocks.length}u; // which of the thread's rows
    let row = row0 + own / 4u * 64u + 4u * down + own % 4u;
    finishFour(place.z, row, column0 + i % ${blocks.length}u * 64u + 4u * across, sums[i] / scale);
  }`,
  };
}

/** `loadA(k, end, at)`: four elements from `at` along the result, zero where there are none. */
function loader(operand: 'A' | 'B', length: 'M' | 'N', layout: Layout): string {
  const array = operand.toLowerCase();
  const at = layout === 'apart' ? 'at * n.K + k' : `k * n.${length} + at`;
  const step = layout === 'apart' ? 'n.K' : '1u';
  const four = [0, 1, 2, 3].map(
    (i) => `if (at + ${i}u < n.${length}) { four[${i}] = ${array}[start + ${i}u * ${step}]; }`,
  );
  return `
fn load${operand}(k: u32, end: u32, at: u32) -> vec4f {
  var four = vec4f();
  if (k >= end || at >= n.${length}) { return four; }
  let start = n.start${operand} + ${at};
  ${layout === 'wide' ? `return ${array}[start / 4u];` : `${four.join('\n  ')}\n  return four;`}
}`;
}
