// CachedAttention: the new positions' keys and values are written to the cache, then each of them looks at all up to its
// own, a workgroup a query, as many keys at once as it has threads.
import type * as tf from '#tfjs';
import { output } from '../memory.ts';
import { programs } from '../program.ts';
import { reductions } from '../wgsl.ts';
import { elementWise } from './element-wise.ts';

const THREADS = 64;
const SIZES = { T: 'u32', heads: 'u32', D: 'u32', room: 'u32', length: 'u32' } as const;

/** i is of (B, T, C). */
const remember = elementWise({
  name: 'cachedAttention: remember',
  reads: { qkv: 'f32' },
  writes: { keys: 'f32', values: 'f32' },
  numbers: SIZES,
  code: `
  let C = n.heads * n.D;
  let c = i % C;
  let row = i / C;
  let slot = (row / n.T * n.heads + c / n.D) * n.room + n.length + row % n.T;
  keys[slot * n.D + c % n.D] = qkv[(row * 3u + 1u) * C + c];
  values[slot * n.D + c % n.D] = qkv[(row * 3u + 2u) * C + c];`,
});

/** Each thread has every 64th element of the result. */
const look = programs(({ each }: { each: number }) => ({
  name: 'cachedAttention',
  reads: { qkv: 'f32', keys: 'f32', values: 'f32' },
  writes: { y: 'f32' },
  numbers: SIZES,
  threads: THREADS,
  declarations: `${reductions(THREADS)}\nvar<workgroup> weights: array<f32, ${THREADS}>;`,
  body: `
  let i = place.x; // of the new positions
  let cached = place.y * n.room; // (B · heads)
  let C = n.heads * n.D;
  let row = place.y / n.heads * n.T + i;
  let query = row * 3u * C + place.y % n.heads * n.D;
  let end = n.length + i + 1u;
  var sums: array<f32, ${each}>;
  var largest = -3e38;
  var total = 0.0;
  for (var j0 = 0u; j0 < end; j0 += ${THREADS}u) {
    let j = j0 + thread;
    var score = -3e38;
    if (j < end) {
      score = 0.0;
      for (var d = 0u; d < n.D; d++) { score += qkv[query + d] * keys[(cached + j) * n.D + d]; }
      score /= sqrt(f32(n.D));
    }
    let most = max(largest, maxOf(score, thread));
    let shrink = exp(largest - most);
    let weight = exp(score - most);
    weights[thread] = weight;
    total = total * shrink + sumOf(weight, thread); // and every weight is there
    largest = most;
    for (var e = 0u; e < ${each}u; e++) {
      let d = e * ${THREADS}u + thread;
      var sum = sums[e] * shrink;
      if (d < n.D) {
        for (var k = 0u; k < min(${THREADS}u, end - j0); k++) { sum += weights[k] * values[(cached + j0 + k) * n.D + d]; }
      }
      sums[e] = sum;
    }
    workgroupBarrier();
  }
  for (var e = 0u; e < ${each}u; e++) {
    let d = e * ${THREADS}u + thread;
    if (d < n.D) { y[row * C + place.y % n.heads * n.D + d] = sums[e] / total; }
  }`,
}));

export function CachedAttention(
  { qkv, keys, values }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [B, T, E] = qkv!.shape as [number, number, number];
  const { heads, length } = attributes as { heads: number; length: number };
  const D = E / 3 / heads;
  const y = output([B, T, heads * D]);
  const sizes = { T, heads, D, room: keys!.shape[2]!, length };
  const arrays = { qkv: qkv!, keys: keys!, values: values! };
  remember(arrays, B * T * heads * D, sizes);
  look({ each: Math.ceil(D / THREADS) }).run({ ...arrays, y }, sizes, [T, B * heads, 1]);
  return [y];
}
