// The matrix product on tensor cores: the workgroup tile is staged in workgroup memory as float16, and each subgroup keeps
// its part of the tile as subgroup matrices of float32 sums.
import { type ProgramSource, programs } from '../../program.ts';
import type { TensorCores } from '../../tensor-cores.ts';
import { DEPTH, OperandTile } from './operand-tile.ts';
import type { Product } from './product.ts';
import { runTiles, type TileVariant, type Tiling, tileProgram, tileVariant } from './tile-program.ts';

interface Variant extends TileVariant {
  cores: TensorCores;
}

const programOf = programs(sourceOf);

export function multiplyOnTensorCores(product: Product, tiling: Tiling, cores: TensorCores): void {
  runTiles(programOf({ ...tileVariant(product, tiling, true), cores }), product, tiling);
}

function sourceOf({ cores, ...variant }: Variant): ProgramSource {
  const { tile } = variant;
  const { M, N, K, lanes, lanesAreChosen, subgroups } = cores;
  const threads = lanes * subgroups;
  const [A, B] = [new OperandTile('A', variant.a, tile), new OperandTile('B', variant.b, tile)];
  // The subgroups stand in two rows, and each has so much of the tile, in so many matrices:
  const [height, width] = [tile / 2, (2 * tile) / subgroups];
  const [down, across] = [counted(height / M), counted(width / N)];
  const staged = counted((tile * DEPTH) / 4 / threads); // the fours of each operand that a thread stages
  const forEachStaged = (code: (operand: OperandTile, i: number) => string) =>
    [A, B].flatMap((operand) => staged.map((i) => code(operand, i))).join('\n    ');
  const sums = down.flatMap((i) => across.map((j) => ({ i, j, name: `sum${i}_${j}` })));
  return tileProgram(variant, {
    name: `matMul ${tile}, tensor cores`,
    enable: [
      'f16',
      'subgroups',
      'chromium_experimental_subgroup_matrix',
      ...(lanesAreChosen ? ['subgroup_size_control'] : []),
    ],
    elements: { a: A.elements, b: B.elements },
    threads,
    subgroups: { size: lanesAreChosen ? lanes : undefined },
    declarations: `
${A.declarations()}
${B.declarations()}
var<workgroup> results: array<vec4f, ${(subgroups * M * N) / 4}>; // a matrix of each subgroup on its way to y`,
    body: `
  let ownRow = subgroup / ${subgroups / 2}u * ${height}u;
  let ownColumn = subgroup % ${subgroups / 2}u * ${width}u;
  ${forEachStaged((operand, i) => operand.place(i, `(thread + ${i * threads}u)`))}
  ${forEachStaged((operand, i) => `var ${operand.load(i, 'k0')}`)}
  ${sums.map(({ name }) => `var ${name} = subgroup_matrix_result<f32, ${N}, ${M}>();`).join(' ')}
  for (var k = k0; k < end; k += ${DEPTH}u) {
    ${forEachStaged((operand, i) => operand.stage(i))}
    workgroupBarrier();
    ${forEachStaged((operand, i) => operand.load(i, `k + ${DEPTH}u`))}
    ${counted(DEPTH / K)
      .map(
        (step) => `{
      ${down.map((i) => `let left${i} = ${A.matrix(cores, `ownRow + ${i * M}u`, step * K)};`).join('\n      ')}
      ${across.map((j) => `let right${j} = ${B.matrix(cores, `ownColumn + ${j * N}u`, step * K)};`).join('\n      ')}
      ${sums.map(({ i, j, name }) => `${name} = subgroupMatrixMultiplyAccumulate(left${i}, right${j}, ${name});`).join('\n      ')}
    }`,
      )
      .join('\n    ')}
    workgroupBarrier();
  }
  ${sums.map(({ i, j, name }) => storeMatrix(cores, name, i * M, j * N)).join('\n  ')}`,
  });
}

/** Brings a subgroup's matrix of sums to y, by way of workgroup memory: which of its elements a lane holds is not specified. */
function storeMatrix({ M, N, lanes }: TensorCores, sums: string, row: number, column: number): string {
  const own = `subgroup * ${(M * N) / 4}u`;
  return `subgroupMatrixStore<row_major>(&results, ${own}, ${sums}, ${N / 4}u);
  workgroupBarrier();
  for (var i = lane; i < ${(M * N) / 4}u; i += ${lanes}u) {
    let row = row0 + ownRow + ${row}u + i / ${N / 4}u;
    let column = column0 + ownColumn + ${column}u + i % ${N / 4}u * 4u;
    storeFour(place.z, row, column, results[${own} + i] / scale);
  }
  workgroupBarrier();`;
}

function counted(count: number): number[] {
  return [...Array(count).keys()];
}
