// Embedding and its gradient, a whole table.
import type * as tf from '#tfjs';
import { addon } from '../addon.ts';
import { bf16Values, floats, ints, type Kernel, output } from '../memory.ts';

export const KERNELS: Record<string, Kernel> = { Embedding, EmbeddingGrad };

function Embedding({ table, ids }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const [V, C] = table!.shape as [number, number];
  const rows = ints(ids);
  const y = output([...ids!.shape, C]);
  addon().embedding!(rows.length, V, C, bf16Values(table) ?? floats(table), rows, y.values);
  return [y.info];
}

function EmbeddingGrad({ dy, table, ids }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const [V, C] = table!.shape as [number, number];
  const rows = ints(ids);
  const gradient = output([V, C]);
  addon().embeddingGrad!(rows.length, V, C, floats(dy), rows, gradient.values);
  return [gradient.info];
}
