// Dropout; its gradient is the same with dy for x.
import type * as tf from '#tfjs';
import { addon } from '../addon.ts';
import { floats, type Kernel, output } from '../memory.ts';

export const KERNELS: Record<string, Kernel> = {
  Dropout: ({ x }, attributes) => dropped(x!, attributes),
  DropoutGrad: ({ dy }, attributes) => dropped(dy!, attributes),
};

function dropped(x: tf.TensorInfo, { rate, key }: tf.NamedAttrMap): tf.TensorInfo[] {
  const [key0, key1] = key as [number, number];
  const from = floats(x);
  const y = output(x.shape);
  addon().dropout!(from.length, rate as number, key0 >>> 0, key1 >>> 0, from, y.values);
  return [y.info];
}
