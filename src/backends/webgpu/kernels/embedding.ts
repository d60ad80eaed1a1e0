// Embedding and its gradient, which is as large as the table. For each id that occurs, its first token adds up the rows of
// all tokens with that id, in their order: no atomics, no races, and the same sums every time.
import type * as tf from '#tfjs';
import { dispose, gradientOf, type Kernel, output, outputInts, sizeOf } from '../memory.ts';
import { Program } from '../program.ts';
import { elementWise } from './element-wise.ts';

export const KERNELS: Record<string, Kernel> = { Embedding, EmbeddingGrad };

const THREADS = 64;

const gather = elementWise({
  name: 'embedding',
  reads: { table: 'f32', ids: 'i32' },
  writes: { y: 'f32' },
  numbers: { C: 'u32' },
  code: 'y[i] = table[u32(ids[i / n.C]) * n.C + i % n.C];',
});

const clear = elementWise({
  name: 'embeddingGrad: clear',
  writes: { gradient: 'f32' },
  code: 'gradient[i] = 0.0;',
});

/** next[t] is the next token with the id of t, or N if there is none; its highest bit says that t is the first with the id. */
const link = new Program({
  name: 'embeddingGrad: link',
  reads: { ids: 'i32' },
  writes: { next: 'i32' },
  numbers: { N: 'u32' },
  threads: THREADS,
  body: `
  let t = group * ${THREADS}u + thread;
  if (t >= n.N) { return; }
  let id = ids[t];
  var after = t + 1u;
  while (after < n.N && ids[after] != id) { after++; }
  var before = t;
  while (before > 0u && ids[before - 1u] != id) { before--; }
  next[t] = i32(after | select(0u, 0x80000000u, before == 0u));`,
});

/** A workgroup goes along the tokens of one id, for 64 columns of the table. */
const scatter = new Program({
  name: 'embeddingGrad: scatter',
  reads: { dy: 'f32', ids: 'i32', next: 'i32' },
  writes: { gradient: 'f32' },
  numbers: { N: 'u32', C: 'u32', blocks: 'u32' },
  threads: THREADS,
  body: `
  var t = group / n.blocks;
  let c = group % n.blocks * ${THREADS}u + thread;
  if (t >= n.N || c >= n.C || next[t] >= 0) { return; }
  let row = u32(ids[t]) * n.C + c;
  var sum = 0.0;
  while (t < n.N) {
    sum += dy[t * n.C + c];
    t = u32(next[t]) & 0x7fffffffu;
  }
  gradient[row] = sum;`,
});

function Embedding({ table, ids }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const C = table!.shape[1]!;
  const y = output([...ids!.shape, C]);
  gather({ table: table!, ids: ids!, y }, sizeOf(y), { C });
  return [y];
}

function EmbeddingGrad({ dy, table, ids }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const [[V, C], N] = [table!.shape as [number, number], sizeOf(ids!)];
  const [gradient, next] = [gradientOf(table!), outputInts([N])];
  clear({ gradient }, V * C);
  link.run({ ids: ids!, next }, { N }, Math.ceil(N / THREADS));
  const blocks = Math.ceil(C / THREADS);
  scatter.run({ dy: dy!, ids: ids!, next, gradient }, { N, C, blocks }, N * blocks);
  dispose(next);
  return [gradient];
}
