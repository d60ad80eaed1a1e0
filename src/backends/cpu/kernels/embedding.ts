// Embedding, and its gradient, which is a whole table.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = { Embedding, EmbeddingGrad };

function Embedding(engine: CpuEngine, { table, ids }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const [V, C] = table!.shape as [number, number];
  const y = engine.output([...ids!.shape, C]);
  const rows = engine.ints(ids);
  engine.ops.embedding(rows.length, V, C, engine.bf16Values(table) ?? engine.floats(table), rows, y.values);
  return [y.info];
}

function EmbeddingGrad(engine: CpuEngine, { dy, table, ids }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const [V, C] = table!.shape as [number, number];
  const gradient = engine.output([V, C]);
  const rows = engine.ints(ids);
  engine.ops.embeddingGrad(rows.length, V, C, engine.floats(dy), rows, gradient.values);
  return [gradient.info];
}
