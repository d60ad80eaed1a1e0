// Linear, with bias, GELU and a residual in the product's epilogue, and its gradient. With GELU the residual kept for the
// backward pass is the pre-activation.
import type * as tf from '#tfjs';
import { present, wantedBy } from '../../../ops/wanted.ts';
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

/**
 * The residual r0 is the pre-activation, if there was GELU. Without a gradient of the weight there is no x, and without one of x
 * no weight.
 */
function LinearGrad(
  { dy, x, weight, bias, r0 }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const wanted = wantedBy(attributes);
  const [O, outer] = [dy!.shape.at(-1)!, dy!.shape.slice(0, -1)];
  const I = weight?.shape[0] ?? x?.shape.at(-1) ?? 1;
  const N = sizeOf({ shape: outer });
  const dSum = r0 ? output(dy!.shape) : dy!; // the gradient of x · weight + bias
  if (r0) geluGrad({ dy: dy!, x: r0, dx: dSum }, N * O);
  const largest = wanted('x') || wanted('weight') ? largestOf(dSum) : undefined;
  const sum = { array: dSum, largest };
  const dx = wanted('x') ? output([...outer, I]) : undefined;
  const dWeight = wanted('weight') ? gradientOf(weight, [I, O]) : undefined;
  if (dx) matMul({ a: sum, b: { array: weight!, transposed: true }, M: N, K: O, N: I, y: dx });
  if (dWeight) matMul({ a: { array: x!, transposed: true }, b: sum, M: I, K: N, N: O, y: dWeight });
  const dBias = wanted('bias') ? columnSums(dSum, N, O, { into: gradientOf(bias, [O]) }) : undefined;
  dispose(largest, r0 && dSum);
  return present(dx, dWeight, dBias, wanted('residual') ? reshaped(dy!, dy!.shape) : undefined);
}

function sizes(x: tf.TensorInfo, weight: tf.TensorInfo) {
  const [I, O] = weight.shape as [number, number];
  return { N: sizeOf(x) / I, I, O };
}
