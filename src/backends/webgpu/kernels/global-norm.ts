// GlobalNorm: the gradients are packed as AdamW wants them, so that they are a few arrays, of which one program leaves
// partial sums of squares and another makes the norm. What is between the gradients there is zero.
import type * as tf from '#tfjs';
import { backend, dispose, type Kernel, output, sizeOf } from '../memory.ts';
import { Program } from '../program.ts';
import { reductions } from '../wgsl.ts';
import { totalProgram } from './total.ts';
import { withoutTwins } from './twins.ts';

export const KERNELS: Record<string, Kernel> = { GlobalNorm };

const THREADS = 256;
/** Fours of elements whose squares one workgroup sums. */
const SUMMED = 16 * THREADS;

const sumSquares = new Program({
  name: 'globalNorm: squares',
  reads: { x: 'vec4f' },
  writes: { partials: 'f32' },
  numbers: { size: 'u32', first: 'u32' },
  threads: THREADS,
  declarations: reductions(THREADS),
  body: `
  var sum = 0.0;
  let end = min(n.size, (group + 1u) * ${SUMMED}u);
  for (var i = group * ${SUMMED}u + thread; i < end; i += ${THREADS}u) { sum += dot(x[i], x[i]); }
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

function GlobalNorm(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const given = Object.values(inputs).flatMap((info) => (info && sizeOf(info) > 0 ? [info] : []));
  const gradients = withoutTwins(given);
  const { buffers, layout } = gradients.length > 0 ? backend().packings.pack(gradients) : EMPTY;
  const sizes = layout.sizes.map((bytes) => bytes / 16);
  const counts = sizes.map((size) => Math.ceil(size / SUMMED));
  const N = counts.reduce((sum, count) => sum + count, 0);
  const [partials, norm] = [output([Math.max(1, N)]), output([])];
  let first = 0;
  for (const [i, x] of buffers.entries()) {
    sumSquares.run({ x, partials }, { size: sizes[i]!, first }, counts[i]!);
    first += counts[i]!;
  }
  rootOfSum.run({ partials, norm }, { N }, 1);
  dispose(partials, ...gradients.filter((tensor, i) => tensor !== given[i]));
  return [norm];
}

const EMPTY = { buffers: [], layout: { sizes: [] } };
