// What kernels hold for a moment, in floats: for the kernels themselves, and for those who forecast what a run takes.

/** Logits that crossEntropy holds at a time: 64 MiB of them. */
export const LOGITS_HELD = 2 ** 24;

/** Of a product's inner length, the least that is cut off for workgroups of their own. */
export const LEAST_SLICE = 256;
/** Elements of the result, all slices taken together: 128 tiles of 64 by 64. */
const MOST_SLICED = 2 ** 19;

/** The most that a product's slices hold, by the size of its result and its inner length. */
export function slicedFloats(size: number, length: number): number {
  const slices = Math.min(Math.floor(MOST_SLICED / size), Math.floor(length / LEAST_SLICE));
  return slices > 1 ? slices * size : 0;
}
