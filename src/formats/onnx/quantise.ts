// A matrix as whole numbers of eight bits, with a scale for each of its rows or columns: value ≈ scale · (q − 128).
// Unsigned, because the products of signed ones overflow on x86 machines without VNNI. Or as numbers of four bits, with a scale
// for each 32 of a column.
import { BLOCK, toFourBits } from '../four-bits.ts';

/** Stands for 0. */
export const ZERO_POINT = 128;
const MOST = 127;

export type Axis = 'rows' | 'columns';

/** values (R, C) → R or C scales */
export function scalesOf(values: Float32Array, columns: number, axis: Axis): Float32Array {
  const rows = values.length / columns;
  const scales = new Float32Array(axis === 'rows' ? rows : columns);
  for (let r = 0, i = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, i++) {
      const place = axis === 'rows' ? r : c;
      scales[place] = Math.max(scales[place]!, Math.abs(values[i]!));
    }
  }
  return scales.map((largest) => (largest === 0 ? 1 : largest / MOST));
}

export function quantise(
  values: Float32Array,
  columns: number,
  axis: Axis,
  scales: Float32Array,
): Uint8Array {
  const quantised = new Uint8Array(values.length);
  for (let r = 0, i = 0; i < values.length; r++) {
    for (let c = 0; c < columns; c++, i++) {
      quantised[i] = ZERO_POINT + Math.round(values[i]! / scales[axis === 'rows' ? r : c]!);
    }
  }
  return quantised;
}

export interface FourBits {
  /** (columns, blocks, 16), two numbers in each */
  readonly matrix: Uint8Array;
  /** (columns · blocks) */
  readonly scales: Float32Array;
}

export function blocksOf(rows: number): number {
  return Math.ceil(rows / BLOCK);
}

/** values (R, C); a column's last block is filled up with zeros. */
export function quantiseToFourBits(values: Float32Array, columns: number): FourBits {
  const rows = values.length / columns;
  const blocks = blocksOf(rows);
  const matrix = new Uint8Array((columns * blocks * BLOCK) / 2);
  const scales = new Float32Array(columns * blocks);
  const [block, numbers] = [new Float32Array(BLOCK), new Uint8Array(BLOCK)];
  for (let at = 0; at < scales.length; at++) {
    const [column, first] = [Math.floor(at / blocks), (at % blocks) * BLOCK];
    for (let i = 0; i < BLOCK; i++) block[i] = first + i < rows ? values[(first + i) * columns + column]! : 0;
    scales[at] = toFourBits(block, numbers);
    for (let i = 0; i < BLOCK / 2; i++)
      matrix[(at * BLOCK) / 2 + i] = numbers[2 * i]! | (numbers[2 * i + 1]! << 4);
  }
  return { matrix, scales };
}
