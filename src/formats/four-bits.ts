// Blocks of 32 values as whole numbers of four bits with a scale, value ≈ scale · (q − 8), as ggml's reference makes them, to the
// bit: every step of it is rounded to float32.
const { fround } = Math;

export const BLOCK = 32;

/** Writes the numbers, from 0 to 15; returns their scale. */
export function toFourBits(block: Float32Array, numbers: Uint8Array): number {
  const scale = fround(largest(block) / -8);
  const inverse = inverseOf(scale);
  for (let i = 0; i < block.length; i++)
    numbers[i] = Math.min(15, Math.trunc(fround(fround(block[i]! * inverse) + 8.5)));
  return scale;
}

/** The first of those that are farthest from 0. */
export function largest(block: Float32Array): number {
  let found = 0;
  for (const value of block) if (Math.abs(value) > Math.abs(found)) found = value;
  return found;
}

/** A scale so small that its inverse is no float32 is 0 as float16. */
export function inverseOf(scale: number): number {
  const inverse = fround(1 / scale);
  return Number.isFinite(inverse) ? inverse : 0;
}
