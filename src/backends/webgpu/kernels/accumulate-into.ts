// AccumulateInto: a sum of two tensors in the memory of one.
import type * as tf from '#tfjs';
import { dispose, type Kernel, sizeOf } from '../memory.ts';
import { forEach } from './each.ts';
import { apart } from './twins.ts';

export const KERNELS: Record<string, Kernel> = { AccumulateInto };

const accumulate = forEach({
  name: 'accumulateInto',
  reads: { term: 'f32' },
  writes: { sum: 'f32' },
  code: 'sum[i] += term[i];',
});

function AccumulateInto({ into, from }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const size = sizeOf(into!);
  if (size === 0) return [];
  const term = apart(from!, into!);
  accumulate({ sum: into!, term }, size);
  if (term !== from) dispose(term);
  return [];
}
