// Copies of tensors that alias: WebGPU refuses a program that reads and writes the same buffer, even in different parts.
import type * as tf from '#tfjs';
import { backend, output, sizeOf } from '../memory.ts';

/** The tensors, with a copy in place of each that is the same memory as an earlier one or as one of `others`. */
export function withoutAliases(
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

/** The tensor, or a copy of it if it lies in the same buffer as `other`. */
export function inAnotherBuffer(tensor: tf.TensorInfo, other: tf.TensorInfo): tf.TensorInfo {
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
