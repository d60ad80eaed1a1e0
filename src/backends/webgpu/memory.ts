// Tensors as kernels see them: how they are made, shared, measured and given back.
import * as tf from '#tfjs';
import { GpuBackend } from './backend.ts';

export type Kernel = (inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap) => tf.TensorInfo[];

export function backend(): GpuBackend {
  const found = tf.engine().findBackend('webgpu');
  if (found instanceof GpuBackend) return found;
  throw new Error('internal: the backend webgpu was not started');
}

/** A new float32 tensor; its values are not initialized. */
export function output(shape: number[]): tf.TensorInfo {
  const values = shape.includes(0) ? new Float32Array(0) : undefined;
  return backend().makeTensorInfo(shape, 'float32', values);
}

/**
 * A new tensor for a parameter's gradient, placed in the optimizer's packed gradient buffer if there is a free slot. What is no
 * parameter need not be given, but for its shape.
 */
export function gradientOf(parameter: tf.TensorInfo | undefined, shape = parameter!.shape): tf.TensorInfo {
  const gradient = output(shape);
  if (parameter) backend().packings.claim(gradient.dataId, parameter.dataId);
  return gradient;
}

/** A new int32 tensor; its values are not initialized. */
export function outputInts(shape: number[]): tf.TensorInfo {
  return backend().makeTensorInfo(shape, 'int32');
}

/** A tensor of another shape that shares the memory. */
export function reshaped(info: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  backend().incRef(info.dataId);
  return { dataId: info.dataId, shape, dtype: info.dtype };
}

/** Gives temporaries back. Programs that use them were dispatched before, and run before whatever gets the memory next. */
export function dispose(...infos: (tf.TensorInfo | undefined)[]): void {
  for (const info of infos) if (info) backend().disposeData(info.dataId);
}

export function sizeOf({ shape }: { shape: number[] }): number {
  return shape.reduce((product, length) => product * length, 1);
}
