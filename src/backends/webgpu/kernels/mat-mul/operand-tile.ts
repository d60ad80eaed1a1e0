// WGSL of an operand's tile on its way to the tensor cores: from memory to workgroup memory, and from there as subgroup
// matrices. In workgroup memory it keeps the layout that it has in memory, in fours of float16.
import type { TensorCores } from '../../tensor-cores.ts';
import type { OperandLayout } from './tile-program.ts';

/** How far a step goes along K. */
export const DEPTH = 32;
/** Rows in workgroup memory are this many elements longer than needed, so that they begin in different banks. */
const PADDING = 8;

export class OperandTile {
  readonly side: 'A' | 'B';
  readonly #layout: OperandLayout;
  /** A row has so many fours of elements, and the next begins so many fours after it. */
  readonly #fours: number;
  readonly #stride: number;
  readonly #rows: number;

  constructor(side: 'A' | 'B', layout: OperandLayout, tile: number) {
    const [rows, length] = layout.alongK ? [tile, DEPTH] : [DEPTH, tile];
    this.side = side;
    this.#layout = layout;
    this.#rows = rows;
    this.#fours = length / 4;
    this.#stride = (length + PADDING) / 4;
  }

  /** Elements of the operand's array. */
  get elements(): 'f32' | 'vec4f' {
    return this.#layout.fours ? 'vec4f' : 'f32';
  }

  /** The tile in workgroup memory, and `loadA(k0, end, first, place)`: the four at that place, zero where there is none. */
  declarations(): string {
    const { alongK, fours } = this.#layout;
    const [array, length] = this.side === 'A' ? ['a', 'M'] : ['b', 'N'];
    const [along, across] = alongK ? ['k', 'at'] : ['at', 'k'];
    const limit = alongK ? 'end' : `n.${length}`;
    const four = [0, 1, 2, 3].map(
      (i) => `if (${along} + ${i}u < ${limit}) { four[${i}] = ${array}[start + ${i}u]; }`,
    );
    return `
var<workgroup> tile${this.side}: array<vec4h, ${this.#rows * this.#stride}>;
fn load${this.side}(k0: u32, end: u32, first: u32, place: vec2u) -> vec4f {
  let k = k0 + ${alongK ? '4u * place.y' : 'place.x'};
  let at = first + ${alongK ? 'place.x' : '4u * place.y'};
  var four = vec4f();
  if (k >= end || at >= n.${length}) { return four; }
  let start = n.start${this.side} + ${across} * n.${alongK ? 'K' : length} + ${along};
  ${fours ? `return ${array}[start / 4u];` : `${four.join('\n  ')}\n  return four;`}
}`;
  }

  /** Names the place, (row, four of the row), of the i-th four that a thread stages; `number` counts the tile's fours. */
  place(i: number, number: string): string {
    return `let place${this.side}${i} = vec2u(${number} / ${this.#fours}u, ${number} % ${this.#fours}u);`;
  }

  /** Reads the i-th four of the step that begins at `k` into a register. */
  load(i: number, k: string): string {
    const first = this.side === 'A' ? 'row0' : 'column0';
    return `next${this.side}${i} = load${this.side}(${k}, end, ${first}, place${this.side}${i});`;
  }

  /** Writes that register to workgroup memory. */
  stage(i: number): string {
    const [side, place] = [this.side, `place${this.side}${i}`];
    return `tile${side}[${place}.x * ${this.#stride}u + ${place}.y] = vec4h(next${side}${i} * scale${side});`;
  }

  /** A subgroup matrix from the tile: `at` is its place along y, and `k` that along K. */
  matrix({ M, N, K }: TensorCores, at: string, k: number): string {
    const { alongK } = this.#layout;
    const isA = this.side === 'A';
    const type = isA ? `subgroup_matrix_left<f16, ${K}, ${M}>` : `subgroup_matrix_right<f16, ${N}, ${K}>`;
    const order = alongK === isA ? 'row_major' : 'col_major';
    const start = alongK ? `(${at}) * ${this.#stride}u + ${k / 4}u` : `${k * this.#stride}u + (${at}) / 4u`;
    return `subgroupMatrixLoad<${type}, ${order}>(&tile${this.side}, ${start}, ${this.#stride}u)`;
  }
}
