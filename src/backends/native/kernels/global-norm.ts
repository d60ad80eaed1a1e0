// The length of all gradients, in one call.
import type * as tf from '#tfjs';
import { addon } from '../addon.ts';
import { floats, type Kernel, output } from '../memory.ts';

export const KERNELS: Record<string, Kernel> = { GlobalNorm };

function GlobalNorm(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { info, values } = output([]);
  values[0] = addon().globalNorm!(Object.values(inputs).map(floats))!;
  return [info];
}
