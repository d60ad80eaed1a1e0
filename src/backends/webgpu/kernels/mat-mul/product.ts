// A matrix product as it is asked for: y = a · b, and an epilogue of bias, GELU, residual and accumulation.
import type * as tf from '#tfjs';

export interface Operand {
  array: tf.TensorInfo;
  /** The array holds the transpose: (K, M) of a, (N, K) of b. */
  transposed?: boolean;
  /** The operand begins at this element of its array, which is the first of a row. */
  start?: number;
  /** (1): a gradient's largest magnitude, which fp16 scales it by. At most one of the operands has it. */
  largest?: tf.TensorInfo | undefined;
}

export interface Product {
  /** (M, K) */
  a: Operand;
  /** (K, N) */
  b: Operand;
  M: number;
  N: number;
  K: number;
  /** (M, N); (slices, M, N) where split-K leaves a partial sum for each slice of K. */
  y: tf.TensorInfo;
  /** The result begins at this element of y, which is the first of a row. */
  start?: number;
  /** y += a · b instead of y = a · b. */
  accumulated?: boolean;
  /** (N): it is added to every row. */
  bias?: tf.TensorInfo | undefined;
  /** (M, N): if given, the value before GELU is stored here, and GELU is applied. */
  preActivation?: tf.TensorInfo | undefined;
  /** (M, N): it is added last. */
  residual?: tf.TensorInfo | undefined;
}

/** The arrays that a program of the product is run with. */
export function arraysOf({ a, b, y, bias, preActivation, residual }: Product): Record<string, tf.TensorInfo> {
  const epilogue = {
    ...(bias && { bias }),
    ...(preActivation && { preActivation }),
    ...(residual && { residual }),
  };
  const largest = a.largest ?? b.largest;
  return { a: a.array, b: b.array, y, ...epilogue, ...(largest && { largest }) };
}
