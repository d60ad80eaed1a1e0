// A matrix product as it is asked for: y = a · b, and what follows while the result is at hand.
import type * as tf from '@tensorflow/tfjs';

export interface Operand {
  array: tf.TensorInfo;
  /** Stored (columns, rows). */
  transposed?: boolean;
  /** Where in its array it starts: a multiple of the length of a row as stored. */
  start?: number;
}

export interface Product {
  /** (M, K) by (K, N) */
  a: Operand;
  b: Operand;
  M: number;
  N: number;
  K: number;
  y: tf.TensorInfo;
  /** Where in its array y starts: a multiple of N. */
  start?: number;
  /** Added to what y holds. */
  accumulated?: boolean;
  /** (N), added. */
  bias?: tf.TensorInfo | undefined;
  /** Takes what there is up to here, (M, N); then comes GELU. */
  before?: tf.TensorInfo | undefined;
  /** (M, N), added. */
  residual?: tf.TensorInfo | undefined;
}

/** Which of the steps after the product there are, for a program's code. */
export interface Steps {
  accumulated: boolean;
  bias: boolean;
  before: boolean;
  residual: boolean;
}

export function stepsOf({ accumulated, bias, before, residual }: Product): Steps {
  return {
    accumulated: accumulated === true,
    bias: bias !== undefined,
    before: before !== undefined,
    residual: residual !== undefined,
  };
}

/** The arrays that `finish` works on, all of the same elements. */
export function arraysOfSteps({ bias, before, residual }: Steps, elements: 'f32' | 'vec4f') {
  const reads = { ...(bias && { bias: elements }), ...(residual && { residual: elements }) };
  return { reads, writes: { y: elements, ...(before && { before: elements }) } };
}

export function givenArrays({ a, b, y, bias, before, residual }: Product): Record<string, tf.TensorInfo> {
  const steps = { ...(bias && { bias }), ...(before && { before }), ...(residual && { residual }) };
  return { a: a.array, b: b.array, y, ...steps };
}

/** `finish(at, column, sum)`, after GELU: what becomes of the element of y at `at`, which stands in that column. */
export function finish({ accumulated, bias, before, residual }: Steps, elements: 'f32' | 'vec4f'): string {
  const activated =
    elements === 'f32' ? 'gelu(value)' : 'vec4f(gelu(value.x), gelu(value.y), gelu(value.z), gelu(value.w))';
  return `
fn finish(at: u32, column: u32, sum: ${elements}) {
  var value = sum;
  ${bias ? 'value += bias[column];' : ''}
  ${before ? `before[at] = value; value = ${activated};` : ''}
  ${residual ? 'value += residual[at];' : ''}
  y[at] ${accumulated ? '+=' : '='} value;
}`;
}
