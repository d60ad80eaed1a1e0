// Rounding to four bits, from its definition: in blocks of 32, the value farthest from 0 is −8 steps.

/** values (R, C), in blocks down each column; the values that the numbers stand for. */
export function ofFourBits(values: Float32Array, columns: number): Float32Array<ArrayBuffer> {
  const rounded = new Float32Array(values.length);
  const rows = values.length / columns;
  for (let column = 0; column < columns; column++) {
    for (let first = 0; first < rows; first += 32) {
      const places = Array.from(
        { length: Math.min(32, rows - first) },
        (_, i) => (first + i) * columns + column,
      );
      const farthest = places
        .map((at) => values[at]!)
        .reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
      const step = farthest / -8;
      for (const at of places)
        rounded[at] = step === 0 ? 0 : step * (Math.min(15, Math.floor(values[at]! / step + 8.5)) - 8);
    }
  }
  return rounded;
}
