// Copies for programs that cannot have the same memory twice: WebGPU refuses a buffer that is read and written at once,
// even where the parts are not the same.
import type * as tf from '#tfjs';
import { backend, output, sizeOf } from '../memory.ts';

/** The tensors, with copies of those that share their memory with one before or with one of `others`. */
export function withoutTwins(
  tensors: readonly tf.TensorInfo[],
  others: readonly tf.TensorInfo[] = [],
): tf.TensorInfo[] {
  const seen = new Set(others.map(({ dataId }) => dataId));
  return tensors.map((tensor) => {
    if (seen.has(tensor.dataId)) return copyOf(tensor);
    seen.add(tensor.dataId);
    return tensor;
  });
}

/** The tensor, or a copy if its buffer is also that of `other`. */
export function apart(tensor: tf.TensorInfo, other: tf.TensorInfo): tf.TensorInfo {
  const [a, b] = [tensor, other].map(({ dataId }) => backend().binding(dataId).buffer);
  return a === b ? copyOf(tensor) : tensor;
}

function copyOf(tensor: tf.TensorInfo): tf.TensorInfo {
  const gpu = backend();
  const copy = output(tensor.shape);
  const { buffer } = gpu.bindingToWrite(copy.dataId);
  gpu.copy(gpu.binding(tensor.dataId), { buffer, offset: 0, size: 4 * sizeOf(tensor) });
  return copy;
}
