// The global norm: the length of all gradients taken as one vector, in one call; and the sums of squares that it is made of.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = { GlobalNorm, SquaredSums };

function GlobalNorm(engine: CpuEngine, inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const norm = engine.ops.globalNorm(
    Object.values(inputs).map((info) => engine.floats(info)),
    null,
  );
  const y = engine.output([]);
  y.values[0] = norm;
  return [y.info];
}

/** g → as many sums as `count` says, in float64: two floats hold one */
function SquaredSums(
  engine: CpuEngine,
  { g }: tf.NamedTensorInfoMap,
  { count }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const y = engine.output([2 * Number(count)]);
  engine.ops.globalNorm([engine.floats(g)], y.values);
  return [y.info];
}
