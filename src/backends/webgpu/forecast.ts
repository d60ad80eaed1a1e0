// What webgpu's kernels hold for a moment in a training step, beside the tensors that ops return: the limits that kernels
// keep to, and the forecast of a run's memory that follows from them. Nothing of tfjs is loaded.

/** 64 MiB of logits. */
const LOGITS_HELD = 2 ** 24;
/** So many workgroups keep a GPU busy. Split-K makes no more of them than that. */
export const ENOUGH_WORKGROUPS = 128;
/** Split-K makes no slice of K shorter than this. */
export const LEAST_SLICE = 256;
/** Elements of the smaller of the two workgroup tiles. */
const TILE = 64 * 64;

/** The loss is computed for so many tokens at a time. */
export function lossRows(vocabSize: number): number {
  return Math.max(1, Math.floor(LOGITS_HELD / vocabSize));
}

export interface StepSizes {
  /** Tokens of a micro-batch. */
  tokens: number;
  width: number;
  vocabSize: number;
  /** The number of elements of each parameter. */
  parameters: readonly number[];
}

/**
 * The most floats that kernels hold for a moment in the forward and backward pass of a micro-batch: logits, which are never
 * there for all tokens at once, and partial sums of split-K products. Activations, gradients and optimizer state are not in it.
 */
export function temporaryFloats({ tokens, width, vocabSize, parameters }: StepSizes): number {
  const rows = Math.min(tokens, lossRows(vocabSize));
  const gradients = [...new Set(parameters)].map((size) => splitFloats(size, tokens));
  return (
    rows * vocabSize +
    splitFloats(rows * width, vocabSize) +
    gradients.reduce((total, floats) => total + floats, 0)
  );
}

/** The most that a split-K product's partial sums take, by the size of its result and its inner length K. */
function splitFloats(size: number, K: number): number {
  const slices = Math.min(Math.floor((ENOUGH_WORKGROUPS * TILE) / size), Math.floor(K / LEAST_SLICE));
  return slices > 1 ? slices * size : 0;
}
