// The memory of tfjs's CPU backend, as kernels see it.
import * as tf from '#tfjs';

/** The live memory of a tensor: what is written to it changes the tensor. */
export function values(info: tf.TensorInfo | undefined): Float32Array {
  return tf.backend().readSync(info!.dataId) as Float32Array;
}

export function output(data: Float32Array, shape: number[]): tf.TensorInfo {
  return { dataId: tf.backend().write(data, shape, 'float32'), shape, dtype: 'float32' };
}
