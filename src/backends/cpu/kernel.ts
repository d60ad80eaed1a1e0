// The type of a CPU engine's kernels.
import type * as tf from '#tfjs';
import type { CpuEngine } from './engine.ts';

/** Returns new tensors, or undefined to leave the call to tfjs's kernel of that name. */
export type Kernel = (
  engine: CpuEngine,
  inputs: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
) => tf.TensorInfo | tf.TensorInfo[] | undefined;
