// AdamW, a program a parameter; GlobalNorm, whose partial sums of squares go into one array; and AccumulateInto.
import type * as tf from '@tensorflow/tfjs';
import { dispose, type Kernel, output, sizeOf } from '../memory.ts';
import { Program } from '../program.ts';
import { reductions } from '../wgsl.ts';
import { totalProgram } from './total.ts';

export const KERNELS: Record<string, Kernel> = { AccumulateInto, AdamW, GlobalNorm };

const THREADS = 256;
/** Elements whose squares one workgroup sums: what it has no more of is 128 workgroups' worth. */
const SUMMED = 64 * THREADS;

const accumulate = new Program({
  name: 'accumulateInto',
  reads: { term: 'f32' },
  writes: { sum: 'f32' },
  numbers: { size: 'u32' },
  threads: THREADS,
  body: `
  let i = group * ${THREADS}u + thread;
  if (i < n.size) { sum[i] += term[i]; }`,
});

const adamW = new Program({
  name: 'adamW',
  reads: { gradient: 'f32' },
  writes: { parameter: 'f32', mean: 'f32', square: 'f32' },
  numbers: {
    size: 'u32',
    gradientScale: 'f32',
    beta1: 'f32',
    rest1: 'f32',
    beta2: 'f32',
    rest2: 'f32',
    epsilon: 'f32',
    keep: 'f32',
    meanScale: 'f32',
    squareScale: 'f32',
  },
  threads: THREADS,
  body: `
  let i = group * ${THREADS}u + thread;
  if (i >= n.size) { return; }
  let g = gradient[i] * n.gradientScale;
  let m = n.beta1 * mean[i] + n.rest1 * g;
  let v = n.beta2 * square[i] + n.rest2 * g * g;
  mean[i] = m;
  square[i] = v;
  parameter[i] = parameter[i] * n.keep - m * n.meanScale / (sqrt(v * n.squareScale) + n.epsilon);`,
});

const sumSquares = new Program({
  name: 'globalNorm: squares',
  reads: { x: 'f32' },
  writes: { partials: 'f32' },
  numbers: { size: 'u32', first: 'u32' },
  threads: THREADS,
  declarations: reductions(THREADS),
  body: `
  var sum = 0.0;
  let end = min(n.size, (group + 1u) * ${SUMMED}u);
  for (var i = group * ${SUMMED}u + thread; i < end; i += ${THREADS}u) { sum += x[i] * x[i]; }
  let total = sumOf(sum, thread);
  if (thread == 0u && group * ${SUMMED}u < n.size) { partials[n.first + group] = total; }`,
});

const rootOfSum = totalProgram({
  name: 'globalNorm: root',
  reads: { partials: 'f32' },
  writes: { norm: 'f32' },
  term: 'partials[i]',
  finish: 'norm[0] = sqrt(total);',
});

function AccumulateInto({ into, from }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const size = sizeOf(into!);
  if (size > 0) accumulate.run({ sum: into!, term: from! }, { size }, Math.ceil(size / THREADS));
  return [];
}

function AdamW(inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  const { learningRate, beta1, beta2, epsilon, step, gradientScale } = attributes as Record<string, number>;
  for (const [i, decay] of (attributes.weightDecay as number[]).entries()) {
    const [parameter, gradient, mean, square] = ['p', 'g', 'm', 'v'].map((letter) => inputs[letter + i]!);
    const size = sizeOf(parameter!);
    if (size === 0) continue;
    const numbers = {
      size,
      gradientScale: gradientScale!,
      beta1: beta1!,
      rest1: 1 - beta1!,
      beta2: beta2!,
      rest2: 1 - beta2!,
      epsilon: epsilon!,
      keep: 1 - learningRate! * decay,
      meanScale: learningRate! / (1 - beta1! ** step!),
      squareScale: 1 / (1 - beta2! ** step!),
    };
    const arrays = { parameter: parameter!, gradient: gradient!, mean: mean!, square: square! };
    adamW.run(arrays, numbers, Math.ceil(size / THREADS));
  }
  return [];
}

function GlobalNorm(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const gradients = Object.values(inputs).filter((info) => info !== undefined && sizeOf(info) > 0);
  const counts = gradients.map((info) => Math.ceil(sizeOf(info!) / SUMMED));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const [partials, norm] = [output([Math.max(1, total)]), output([])];
  let first = 0;
  for (const [i, x] of gradients.entries()) {
    sumSquares.run({ x: x!, partials }, { size: sizeOf(x!), first }, counts[i]!);
    first += counts[i]!;
  }
  rootOfSum.run({ partials, norm }, { N: total }, 1);
  dispose(partials);
  return [norm];
}
