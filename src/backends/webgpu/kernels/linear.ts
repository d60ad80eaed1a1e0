// Linear and its gradient; the residual of GELU is what it was applied to.
import type * as tf from '#tfjs';
import { dispose, gradientOf, type Kernel, output, reshaped, sizeOf } from '../memory.ts';
import { GELU } from '../wgsl.ts';
import { columnSums } from './columns.ts';
import { forEach } from './each.ts';
import { largestOf } from './largest.ts';
import { matMul } from './mat-mul.ts';

export const KERNELS: Record<string, Kernel> = { Linear, LinearGrad };

const geluGrad = forEach({
  name: 'geluGrad',
  reads: { dy: 'f32', x: 'f32' },
  writes: { dx: 'f32' },
  declarations: GELU,
  code: 'dx[i] = dy[i] * geluSlope(x[i]);',
});

function Linear(
  { x, weight, bias, residual }: tf.NamedTensorInfoMap,
  { activation }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { N, I, O } = sizes(x!, weight!);
  const y = output([...x!.shape.slice(0, -1), O]);
  const before = activation === 'gelu' ? output(y.shape) : undefined;
  matMul({ a: { array: x! }, b: { array: weight! }, M: N, K: I, N: O, y, bias, before, residual });
  return before ? [y, before] : [y];
}

/** r0 is what GELU was applied to. */
function LinearGrad({ dy, x, weight, bias, residual, r0 }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { N, I, O } = sizes(x!, weight!);
  const slope = r0 ? output(dy!.shape) : dy!; // of what stands before GELU
  if (r0) geluGrad({ dy: dy!, x: r0, dx: slope }, N * O);
  const [dx, dWeight] = [output(x!.shape), gradientOf(weight!)];
  const largest = largestOf(slope);
  matMul({ a: { array: slope, largest }, b: { array: weight!, transposed: true }, M: N, K: O, N: I, y: dx });
  matMul({ a: { array: x!, transposed: true }, b: { array: slope, largest }, M: I, K: N, N: O, y: dWeight });
  const gradients = [dx, dWeight, columnSums(slope, N, O, { into: gradientOf(bias!) })];
  dispose(largest, r0 && slope);
  return residual ? [...gradients, reshaped(dy!, residual.shape)] : gradients;
}

function sizes(x: tf.TensorInfo, weight: tf.TensorInfo) {
  const [I, O] = weight.shape as [number, number];
  return { N: sizeOf(x) / I, I, O };
}
