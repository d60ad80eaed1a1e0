// Dropout and its gradient, which is dropout of dy with the same mask.
import type * as tf from '#tfjs';
import { type Kernel, output, sizeOf } from '../memory.ts';
import { Program } from '../program.ts';
import { RANDOM, RANDOM_NUMBERS, randomNumbers } from '../wgsl.ts';

export const KERNELS: Record<string, Kernel> = {
  Dropout: ({ x }, attributes) => dropped(x!, attributes),
  DropoutGrad: ({ dy }, attributes) => dropped(dy!, attributes),
};

const THREADS = 256;

const drop = new Program({
  name: 'dropout',
  reads: { x: 'f32' },
  writes: { y: 'f32' },
  numbers: { size: 'u32', ...RANDOM_NUMBERS },
  threads: THREADS,
  declarations: RANDOM,
  body: `
  let pair = group * ${THREADS}u + thread;
  let i = 2u * pair;
  if (i >= n.size) { return; }
  let factors = kept(randomBits(vec2u(n.key0, n.key1), pair), n.threshold, n.scale);
  y[i] = x[i] * factors.x;
  if (i + 1u < n.size) { y[i + 1u] = x[i + 1u] * factors.y; }`,
});

function dropped(x: tf.TensorInfo, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  const [y, size] = [output(x.shape), sizeOf(x)];
  drop.run({ x, y }, { size, ...randomNumbers(attributes) }, Math.ceil(size / 2 / THREADS));
  return [y];
}
