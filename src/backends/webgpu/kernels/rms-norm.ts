// RmsNorm and its gradient: one workgroup a row. The residual is each row's reciprocal root mean square.
import * as tf from '#tfjs';
import { present, wantedBy } from '../../../ops/wanted.ts';
import { type Kernel, output } from '../memory.ts';
import { programs } from '../program.ts';
import { reductions, threadsFor } from '../wgsl.ts';
import { type NormVariant, normGradient, normWeighted, normWrites } from './norm-gradient.ts';

export const KERNELS: Record<string, Kernel> = { RmsNorm, RmsNormGrad };

const normalise = programs(({ threads }: { threads: number }) => ({
  name: 'rmsNorm',
  reads: { x: 'f32', weight: 'f32' },
  writes: { y: 'f32', scales: 'f32' },
  numbers: { N: 'u32', C: 'u32', epsilon: 'f32' },
  threads,
  declarations: reductions(threads),
  body: `
  if (group >= n.N) { return; }
  let row = group * n.C;
  var squares = 0.0;
  for (var c = thread; c < n.C; c += ${threads}u) { squares += x[row + c] * x[row + c]; }
  let scale = 1.0 / sqrt(sumOf(squares, thread) / f32(n.C) + n.epsilon);
  for (var c = thread; c < n.C; c += ${threads}u) { y[row + c] = x[row + c] * scale * weight[c]; }
  if (thread == 0u) { scales[group] = scale; }`,
}));

const gradient = programs((variant: NormVariant) => ({
  name: 'rmsNormGrad',
  reads: { dy: 'f32', x: 'f32', weight: 'f32', scales: 'f32' },
  writes: normWrites(variant),
  numbers: { N: 'u32', C: 'u32' },
  threads: variant.threads,
  declarations: reductions(variant.threads),
  body: `
  if (group >= n.N) { return; }
  let row = group * n.C;
  let scale = scales[group];
  var along = 0.0;
  for (var c = thread; c < n.C; c += ${variant.threads}u) { along += dy[row + c] * weight[c] * x[row + c] * scale; }
  let meanAlong = sumOf(along, thread) / f32(n.C);
  for (var c = thread; c < n.C; c += ${variant.threads}u) {
    let normal = x[row + c] * scale;
    dx[row + c] = scale * (dy[row + c] * weight[c] - normal * meanAlong);
    ${normWeighted(variant)}
  }`,
}));

function RmsNorm({ x, weight }: tf.NamedTensorInfoMap, { epsilon }: tf.NamedAttrMap): tf.TensorInfo[] {
  const { N, C } = sizes(x!, weight!);
  const [y, scales] = [output(x!.shape), output([N])];
  const arrays = { x: x!, weight: weight!, y, scales };
  normalise({ threads: threadsFor(C) }).run(arrays, { N, C, epsilon: epsilon as number }, N);
  return [y, scales];
}

function RmsNormGrad(
  { dy, x, weight, r0 }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const frozen = !wantedBy(attributes)('weight');
  const arrays = { dy: dy!, x: x!, weight: weight!, scales: r0! };
  const { dx, dWeight } = normGradient(gradient, arrays, sizes(x!, weight!), frozen);
  return present(dx, dWeight);
}

function sizes(x: tf.TensorInfo, weight: tf.TensorInfo) {
  const C = weight.shape[0]!;
  return { N: tf.util.sizeFromShape(x.shape) / C, C };
}
