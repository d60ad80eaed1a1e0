// CachedAttention: a first program writes the new positions' keys and values to the KV cache; in a second one each
// workgroup attends for one query of one head with an online softmax, over as many keys at a time as it has threads.
import type * as tf from '#tfjs';
import { output } from '../memory.ts';
import { programs } from '../program.ts';
import { reductions } from '../wgsl.ts';
import { elementWise } from './element-wise.ts';

const THREADS = 64;
const SIZES = { T: 'u32', heads: 'u32', kvHeads: 'u32', D: 'u32', room: 'u32' } as const;

/** `i` counts the elements of (B, T, kvHeads · D). */
const writeToCache = elementWise({
  name: 'cachedAttention: write',
  reads: { qkv: 'f32', rows: 'i32' },
  writes: { keys: 'f32', values: 'f32' },
  numbers: SIZES,
  code: `
  let K = n.kvHeads * n.D;
  let c = i % K;
  let position = i / K; // of (B, T)
  let b = position / n.T;
  let head = u32(rows[2u * b]) * n.kvHeads + c / n.D; // of (places, kvHeads)
  let source = position * (n.heads * n.D + 2u * K) + n.heads * n.D + c;
  let to = (head * n.room + u32(rows[2u * b + 1u]) + position % n.T) * n.D + c % n.D;
  keys[to] = qkv[source];
  values[to] = qkv[source + K];`,
});

/** Each thread sums the elements thread, thread + 64 … of the head's output: `each` of them. */
const attend = programs(({ each }: { each: number }) => ({
  name: 'cachedAttention',
  reads: { qkv: 'f32', rows: 'i32', keys: 'f32', values: 'f32' },
  writes: { y: 'f32' },
  numbers: SIZES,
  threads: THREADS,
  declarations: `${reductions(THREADS)}\nvar<workgroup> weights: array<f32, ${THREADS}>;`,
  body: `
  let i = place.x; // of T
  let b = place.y / n.heads;
  let head = place.y % n.heads;
  let keyHead = u32(rows[2u * b]) * n.kvHeads + head / (n.heads / n.kvHeads);
  let cached = keyHead * n.room; // the head's first position in the cache
  let end = u32(rows[2u * b + 1u]) + i + 1u; // a query sees the keys up to its own
  let C = n.heads * n.D;
  let position = b * n.T + i;
  let query = position * (C + 2u * n.kvHeads * n.D) + head * n.D;
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
    total = total * shrink + sumOf(weight, thread); // its barriers also publish the weights
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
    if (d < n.D) { y[position * C + head * n.D + d] = sums[e] / total; }
  }`,
}));

export function CachedAttention(
  { qkv, keys, values, rows }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [B, T, E] = qkv!.shape as [number, number, number];
  const { heads, kvHeads } = attributes as { heads: number; kvHeads: number };
  const D = E / (heads + 2 * kvHeads);
  const y = output([B, T, heads * D]);
  const sizes = { T, heads, kvHeads, D, room: keys!.shape[2]! };
  const arrays = { qkv: qkv!, rows: rows!, keys: keys!, values: values! };
  writeToCache(arrays, B * T * kvHeads * D, sizes);
  attend({ each: Math.ceil(D / THREADS) }).run({ ...arrays, y }, sizes, [T, B * heads, 1]);
  return [y];
}
