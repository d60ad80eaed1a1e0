// PackHeads and its gradient, which needs none of the inputs.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = { PackHeads, PackHeadsGrad };

function PackHeads(
  engine: CpuEngine,
  { q, k, v, ...constants }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [B, T, C] = q!.shape as [number, number, number];
  const { heads, kvHeads } = attributes as { heads: number; kvHeads: number };
  const D = C / heads;
  const qkv = engine.output([B, T, (heads + 2 * kvHeads) * D]);
  const given = [engine.floats(q), engine.floats(k), engine.floats(v)] as const;
  engine.ops.packHeads(B, T, heads, kvHeads, D, ...rotary(engine, constants), ...given, qkv.values);
  return [qkv.info];
}

function PackHeadsGrad(
  engine: CpuEngine,
  { dy, ...constants }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [B, T, E] = dy!.shape as [number, number, number];
  const { heads, kvHeads } = attributes as { heads: number; kvHeads: number };
  const D = E / (heads + 2 * kvHeads);
  const [dq, dk, dv] = [heads, kvHeads, kvHeads].map((count) => engine.output([B, T, count * D]));
  const sizes = [B, T, heads, kvHeads, D] as const;
  const gradients = [dq!.values, dk!.values, dv!.values] as const;
  engine.ops.packHeadsGrad(...sizes, ...rotary(engine, constants), engine.floats(dy), ...gradients);
  return [dq!.info, dk!.info, dv!.info];
}

function rotary(engine: CpuEngine, { rotations, starts }: tf.NamedTensorInfoMap) {
  const positions = rotations?.shape[0] ?? 0;
  const table = rotations ? engine.floats(rotations) : null;
  return [positions, table, starts ? engine.ints(starts) : null] as const;
}
