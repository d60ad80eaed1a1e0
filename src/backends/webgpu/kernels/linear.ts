// Linear, with bias, GELU and a residual in the product's epilogue, and its gradient. With GELU the residual kept for the
// backward pass is the pre-activation.
import type * as tf from '#tfjs';
import { dispose, gradientOf, type Kernel, output, reshaped, sizeOf } from '../memory.ts';
import { GELU } from '../wgsl.ts';
import { columnSums } from './columns.ts';
import { elementWise } from './element-wise.ts';
import { largestOf } from './largest.ts';
import { matMul } from './mat-mul/mat-mul.ts';

export const KERNELS: Record<string, Kernel> = { Linear, LinearGrad };

const geluGrad = elementWise({
  name: 'geluGrad',
  reads: { dy: 'f32', x: 'f32' },
  writes: { dx: 'f32' },
  declarations: GELU,
  code: 'dx[i] = dy[i] * geluDerivative(x[i]);',
});

function Linear(
  { x, weight, bias, residual }: tf.NamedTensorInfoMap,
  { activation }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { N, I, O } = sizes(x!, weight!);
  const y = output([...x!.shape.slice(0, -1), O]);
  const preActivation = activation === 'gelu' ? output(y.shape) : undefined;
  matMul({ a: { array: x! }, b: { array: weight! }, M: N, K: I, N: O, y, bias, preActivation, residual });
  return preActivation ? [y, preActivation] : [y];
}

/** The residual r0 is the pre-activation, if there was GELU. */
function LinearGrad({ dy, x, weight, bias, residual, r0 }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { N, I, O } = sizes(x!, weight!);
  const dSum = r0 ? output(dy!.shape) : dy!; // the gradient of x · weight + bias
  if (r0) geluGrad({ dy: dy!, x: r0, dx: dSum }, N * O);
  const [dx, dWeight] = [output(x!.shape), gradientOf(weight!)];
  const largest = largestOf(dSum);
  matMul({ a: { array: dSum, largest }, b: { array: weight!, transposed: true }, M: N, K: O, N: I, y: dx });
  matMul({ a: { array: x!, transposed: true }, b: { array: dSum, largest }, M: I, K: N, N: O, y: dWeight });
  const gradients = [dx, dWeight, ...(bias ? [columnSums(dSum, N, O, { into: gradientOf(bias) })] : [])];
  dispose(largest, r0 && dSum);
  return residual ? [...gradients, reshaped(dy!, residual.shape)] : gradients;
}

function sizes(x: tf.TensorInfo, weight: tf.TensorInfo) {
  const [I, O] = weight.shape as [number, number];
  return { N: sizeOf(x) / I, I, O };
}
