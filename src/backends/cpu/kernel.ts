// What a kernel of a CPU engine is.
import type * as tf from '#tfjs';
import type { CpuEngine } from './engine.ts';

/** The answer is new tensors; undefined where tfjs's own kernel of that name is to do it. */
export type Kernel = (
  engine: CpuEngine,
  inputs: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
) => tf.TensorInfo | tf.TensorInfo[] | undefined;
