// AccumulateInto, by which gradient accumulation adds up micro-batches: into += from.
import type * as tf from '#tfjs';
import { dispose, type Kernel, sizeOf } from '../memory.ts';
import { inAnotherBuffer } from './aliasing.ts';
import { elementWise } from './element-wise.ts';

export const KERNELS: Record<string, Kernel> = { AccumulateInto };

const accumulate = elementWise({
  name: 'accumulateInto',
  reads: { term: 'f32' },
  writes: { sum: 'f32' },
  code: 'sum[i] += term[i];',
});

function AccumulateInto({ into, from }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const size = sizeOf(into!);
  if (size === 0) return [];
  const term = inAnotherBuffer(from!, into!);
  accumulate({ sum: into!, term }, size);
  if (term !== from) dispose(term);
  return [];
}
