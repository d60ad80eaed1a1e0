// GlobalNorm in a few dispatches, however many gradients there are: they are packed side by side as optimizers want them, one
// program sums squares in parts, another takes the root of their sum. The padding between packed gradients is zero.
import type * as tf from '#tfjs';
import { backend, dispose, type Kernel, output, sizeOf } from '../memory.ts';
import { Program } from '../program.ts';
import { reductions } from '../wgsl.ts';
import { withoutAliases } from './aliasing.ts';
import { totalProgram } from './total.ts';

export const KERNELS: Record<string, Kernel> = { GlobalNorm };

const THREADS = 256;
/** A workgroup sums the squares of so many fours of elements. */
const SHARE = 16 * THREADS;

const sumSquares = new Program({
  name: 'globalNorm: squares',
  reads: { x: 'vec4f' },
  writes: { partials: 'f32' },
  numbers: { size: 'u32', first: 'u32' },
  threads: THREADS,
  declarations: reductions(THREADS),
  body: `
  var sum = 0.0;
  let end = min(n.size, (group + 1u) * ${SHARE}u);
  for (var i = group * ${SHARE}u + thread; i < end; i += ${THREADS}u) { sum += dot(x[i], x[i]); }
  let total = sumOf(sum, thread);
  if (thread == 0u && group * ${SHARE}u < n.size) { partials[n.first + group] = total; }`,
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
  const gradients = withoutAliases(given);
  const { buffers, layout } = gradients.length > 0 ? backend().packings.pack(gradients) : EMPTY;
  const sizes = layout.sizes.map((bytes) => bytes / 16);
  const counts = sizes.map((size) => Math.ceil(size / SHARE));
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
