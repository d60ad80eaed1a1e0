// Dropout, and its gradient, which applies the same mask to dy.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = {
  Dropout: (engine, { x }, attributes) => dropped(engine, x!, attributes),
  DropoutGrad: (engine, { dy }, attributes) => dropped(engine, dy!, attributes),
};

function dropped(engine: CpuEngine, x: tf.TensorInfo, { rate, key }: tf.NamedAttrMap): tf.TensorInfo[] {
  const [key0, key1] = key as [number, number];
  const y = engine.output(x.shape);
  engine.ops.dropout(y.values.length, rate as number, key0 >>> 0, key1 >>> 0, engine.floats(x), y.values);
  return [y.info];
}
