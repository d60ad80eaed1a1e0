// LayerNorm and its gradient: one workgroup a row. The residuals are each row's mean and reciprocal standard deviation.
import type * as tf from '#tfjs';
import { wantedBy } from '../../../ops/wanted.ts';
import { gradientOf, type Kernel, output } from '../memory.ts';
import { programs } from '../program.ts';
import { reductions, threadsFor } from '../wgsl.ts';
import { columnSums } from './columns.ts';
import { type NormVariant, normGradient, normWeighted, normWrites } from './norm-gradient.ts';

export const KERNELS: Record<string, Kernel> = { LayerNorm, LayerNormGrad };

const normalise = programs(({ threads }: { threads: number }) => ({
  name: 'layerNorm',
  reads: { x: 'f32', weight: 'f32', bias: 'f32' },
  writes: { y: 'f32', means: 'f32', scales: 'f32' },
  numbers: { N: 'u32', C: 'u32', epsilon: 'f32' },
  threads,
  declarations: reductions(threads),
  body: `
  if (group >= n.N) { return; }
  let row = group * n.C;
  var sum = 0.0;
  for (var c = thread; c < n.C; c += ${threads}u) { sum += x[row + c]; }
  let mean = sumOf(sum, thread) / f32(n.C);
  var squares = 0.0;
  for (var c = thread; c < n.C; c += ${threads}u) { let centred = x[row + c] - mean; squares += centred * centred; }
  let scale = 1.0 / sqrt(sumOf(squares, thread) / f32(n.C) + n.epsilon);
  for (var c = thread; c < n.C; c += ${threads}u) { y[row + c] = (x[row + c] - mean) * scale * weight[c] + bias[c]; }
  if (thread == 0u) { means[group] = mean; scales[group] = scale; }`,
}));

const gradient = programs((variant: NormVariant) => ({
  name: 'layerNormGrad',
  reads: { dy: 'f32', x: 'f32', weight: 'f32', means: 'f32', scales: 'f32' },
  writes: normWrites(variant),
  numbers: { N: 'u32', C: 'u32' },
  threads: variant.threads,
  declarations: reductions(variant.threads),
  body: `
  if (group >= n.N) { return; }
  let row = group * n.C;
  let mean = means[group];
  let scale = scales[group];
  var sum = 0.0;
  var along = 0.0;
  for (var c = thread; c < n.C; c += ${variant.threads}u) {
    let dNormal = dy[row + c] * weight[c];
    sum += dNormal;
    along += dNormal * (x[row + c] - mean) * scale;
  }
  let meanDNormal = sumOf(sum, thread) / f32(n.C);
  let meanAlong = sumOf(along, thread) / f32(n.C);
  for (var c = thread; c < n.C; c += ${variant.threads}u) {
    let normal = (x[row + c] - mean) * scale;
    dx[row + c] = scale * (dy[row + c] * weight[c] - meanDNormal - normal * meanAlong);
    ${normWeighted(variant)}
  }`,
}));

function LayerNorm(
  { x, weight, bias }: tf.NamedTensorInfoMap,
  { epsilon }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { N, C } = rows(x!.shape);
  const [y, means, scales] = [output(x!.shape), output([N]), output([N])];
  const arrays = { x: x!, weight: weight!, bias: bias!, y, means, scales };
  normalise({ threads: threadsFor(C) }).run(arrays, { N, C, epsilon: epsilon as number }, N);
  return [y, means, scales];
}

function LayerNormGrad(
  { dy, x, weight, bias, r0, r1 }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { N, C } = rows(x!.shape);
  const frozen = !['weight', 'bias'].some(wantedBy(attributes));
  const arrays = { dy: dy!, x: x!, weight: weight!, means: r0!, scales: r1! };
  const { dx, dWeight } = normGradient(gradient, arrays, { N, C }, frozen);
  return dWeight ? [dx, dWeight, columnSums(dy!, N, C, { into: gradientOf(bias) })] : [dx];
}

/** (…, C) as (N, C) */
function rows(shape: number[]): { N: number; C: number } {
  return { N: shape.slice(0, -1).reduce((a, b) => a * b, 1), C: shape.at(-1)! };
}
