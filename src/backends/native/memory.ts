// Tensors as kernels see them: the memory of inputs, and new outputs.
import * as tf from '#tfjs';
import { NativeBackend } from './backend.ts';

/** The answer is new tensors; undefined where tfjs's own kernel of that name is to do it. */
export type Kernel = (
  inputs: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
) => tf.TensorInfo | tf.TensorInfo[] | undefined;

type Info = tf.TensorInfo | undefined;

function backend(): NativeBackend {
  const found = tf.engine().findBackend('native');
  if (found instanceof NativeBackend) return found;
  throw new Error('internal: the backend native was not started');
}

/** To be read only: a copy where the values are held as another type. */
export function floats(info: Info): Float32Array {
  const values = stored(info);
  return values instanceof Float32Array ? values : new Float32Array(values);
}

/** To be read only: a copy where the values are held as another type. */
export function ints(info: Info): Int32Array {
  const values = stored(info);
  return values instanceof Int32Array ? values : new Int32Array(values);
}

/** The tensor's own memory, to be changed in place. */
export function floatsInPlace(info: Info): Float32Array {
  const values = isBf16(info) ? undefined : stored(info);
  if (values instanceof Float32Array) return values;
  throw new Error('internal: only values held as float32 can be changed in place');
}

export function isBf16(info: Info): boolean {
  return bf16Values(info) !== undefined;
}

/** The upper halves of float32 numbers, if the tensor is held so. */
export function bf16Values(info: Info): Uint16Array | undefined {
  return backend().bf16Values(info!.dataId);
}

/** From now on the tensor's values are bfloat16, in half the memory. Only Linear and the like read them as they are. */
export function holdAsBf16(tensor: tf.TensorInfo): void {
  backend().holdAsBf16(tensor);
}

/** A new float32 tensor. Its values hold anything: write every one. */
export function output(shape: number[]): { info: tf.TensorInfo; values: Float32Array } {
  return backend().output(shape);
}

/** A new int32 tensor. Its values hold anything: write every one. */
export function outputInts(shape: number[]): { info: tf.TensorInfo; values: Int32Array } {
  return backend().outputInts(shape);
}

/** The same memory under another shape. */
export function reshaped(info: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  backend().incRef(info.dataId);
  return { dataId: info.dataId, shape, dtype: info.dtype };
}

/** Gives back an output that is not part of the answer. */
export function dispose(info: tf.TensorInfo): void {
  backend().disposeData(info.dataId);
}

function stored(info: Info): Float32Array | Int32Array | Uint8Array {
  const { values } = backend().data.get(info!.dataId);
  if (ArrayBuffer.isView(values)) return values;
  throw new Error(`internal: expected numbers, but got ${info!.dtype}`);
}
