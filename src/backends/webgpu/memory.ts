// Tensors as kernels see them: those they are given, and new ones.
import * as tf from '#tfjs';
import { GpuBackend } from './backend.ts';

export type Kernel = (inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap) => tf.TensorInfo[];

export function backend(): GpuBackend {
  const found = tf.engine().findBackend('webgpu');
  if (found instanceof GpuBackend) return found;
  throw new Error('internal: the backend webgpu was not started');
}

/** A new float32 tensor, whose values are yet to be written. */
export function output(shape: number[]): tf.TensorInfo {
  const values = shape.includes(0) ? new Float32Array(0) : undefined;
  return backend().makeTensorInfo(shape, 'float32', values);
}

/** The same for the gradient of a parameter, where AdamW wants it if it knows the parameter and has room. */
export function gradientOf({ dataId, shape }: tf.TensorInfo): tf.TensorInfo {
  const gradient = output(shape);
  backend().packings.claim(gradient.dataId, dataId);
  return gradient;
}

/** A new int32 tensor, whose values are yet to be written. */
export function outputInts(shape: number[]): tf.TensorInfo {
  return backend().makeTensorInfo(shape, 'int32');
}

/** The same memory under another shape. */
export function reshaped(info: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  backend().incRef(info.dataId);
  return { dataId: info.dataId, shape, dtype: info.dtype };
}

/** Gives back what is not part of the answer. The programs that use it have been asked for, and run first. */
export function dispose(...infos: (tf.TensorInfo | undefined)[]): void {
  for (const info of infos) if (info) backend().disposeData(info.dataId);
}

export function sizeOf({ shape }: { shape: number[] }): number {
  return shape.reduce((product, length) => product * length, 1);
}
