// CausalAttention, whose residuals are y and the log-sum-exp of each row of scores; its gradient; and CachedAttention, which
// attends through a KV cache.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = { CausalAttention, CausalAttentionGrad, CachedAttention };

function CausalAttention(
  engine: CpuEngine,
  { qkv }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { B, T, heads, kvHeads, D } = sizes(qkv!, attributes);
  const [y, logSumExp] = [engine.output([B, T, heads * D]), engine.output([B, heads, T])];
  const drop = dropout(attributes);
  engine.ops.causalAttention(
    B,
    T,
    heads,
    kvHeads,
    D,
    ...drop,
    engine.floats(qkv),
    y.values,
    logSumExp.values,
  );
  return [y.info, engine.reshaped(y.info, y.info.shape), logSumExp.info];
}

function CausalAttentionGrad(
  engine: CpuEngine,
  { dy, qkv, r0: y, r1: logSumExp }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { B, T, heads, kvHeads, D } = sizes(qkv!, attributes);
  const dqkv = engine.output(qkv!.shape);
  engine.ops.causalAttentionGrad(
    B,
    T,
    heads,
    kvHeads,
    D,
    ...dropout(attributes),
    engine.floats(dy),
    engine.floats(qkv),
    engine.floats(y),
    engine.floats(logSumExp),
    dqkv.values,
  );
  return [dqkv.info];
}

function CachedAttention(
  engine: CpuEngine,
  { qkv, keys, values, rows }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { B, T, heads, kvHeads, D } = sizes(qkv!, attributes);
  const y = engine.output([B, T, heads * D]);
  engine.ops.cachedAttention(
    B,
    T,
    heads,
    kvHeads,
    D,
    keys!.shape[0]!,
    keys!.shape[2]!,
    engine.ints(rows),
    engine.floats(qkv),
    engine.floatsInPlace(keys),
    engine.floatsInPlace(values),
    y.values,
  );
  return [y.info];
}

function sizes({ shape }: tf.TensorInfo, attributes: tf.NamedAttrMap) {
  const [B, T, E] = shape as [number, number, number];
  const { heads, kvHeads } = attributes as Record<string, number>;
  return { B, T, heads: heads!, kvHeads: kvHeads!, D: E / (heads! + 2 * kvHeads!) };
}

export function dropout({ rate, key }: tf.NamedAttrMap): [number, number, number] {
  const [key0, key1] = key as [number, number];
  return [rate as number, key0 >>> 0, key1 >>> 0];
}
