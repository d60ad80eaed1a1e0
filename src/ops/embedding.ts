// embedding: rows of a table, picked by id. table (V, C), ids (…) int32 → (…, C)
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { kernelOr } from './kernel.ts';

export function embedding(table: tf.Tensor2D, ids: tf.Tensor): tf.Tensor {
  dims('embedding', { table: [table, 'V C'], ids: [ids, '…', 'int32'] });
  return kernelOr('Embedding', { table }, { ids }, {}, () => tf.gather(table, ids));
}
