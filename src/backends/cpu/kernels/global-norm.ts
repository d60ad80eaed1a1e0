// The global norm: the length of all gradients taken as one vector, in one call.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = { GlobalNorm };

function GlobalNorm(engine: CpuEngine, inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const norm = engine.ops.globalNorm(Object.values(inputs).map((info) => engine.floats(info)));
  const y = engine.output([]);
  y.values[0] = norm;
  return [y.info];
}
