// The largest magnitude in an array (amax), by which a gradient is scaled into the range of float16.
import type * as tf from '#tfjs';
import { backend, dispose, output, sizeOf } from '../memory.ts';
import { Program } from '../program.ts';
import { reductions } from '../wgsl.ts';

const THREADS = 256;
/** A workgroup reduces so many elements. */
const SHARE = 64 * THREADS;

const largest = new Program({
  name: 'largest',
  reads: { x: 'f32' },
  writes: { y: 'f32' },
  numbers: { size: 'u32' },
  threads: THREADS,
  declarations: reductions(THREADS),
  body: `
  var most = 0.0;
  let end = min(n.size, (group + 1u) * ${SHARE}u);
  for (var i = group * ${SHARE}u + thread; i < end; i += ${THREADS}u) { most = max(most, abs(x[i])); }
  let total = maxOf(most, thread);
  if (thread == 0u && group * ${SHARE}u < n.size) { y[group] = total; }`,
});

/** (1); undefined where products are float32 and nothing is scaled. */
export function largestOf(x: tf.TensorInfo): tf.TensorInfo | undefined {
  if (!backend().products.half) return undefined;
  const size = sizeOf(x);
  const parts = Math.max(1, Math.ceil(size / SHARE));
  const y = output([parts]);
  largest.run({ x, y }, { size }, parts);
  if (parts === 1) return y;
  const all = largestOf(y);
  dispose(y);
  return all;
}
