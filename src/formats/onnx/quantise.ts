// A matrix as whole numbers of eight bits, with a scale for each of its rows or columns: value ≈ scale · (q − 128).
// Unsigned, because the products of signed ones overflow on x86 machines without VNNI.

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
