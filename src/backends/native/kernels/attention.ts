// CausalAttention, whose residuals are y and the logarithm of each softmax's sum, its gradient, and CachedAttention.
import type * as tf from '#tfjs';
import { addon } from '../addon.ts';
import { floats, floatsInPlace, ints, type Kernel, output, reshaped } from '../memory.ts';

export const KERNELS: Record<string, Kernel> = { CausalAttention, CausalAttentionGrad, CachedAttention };

function CausalAttention({ qkv }: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  const { B, T, heads, D } = sizes(qkv!, attributes);
  const [y, logSumExp] = [output([B, T, heads * D]), output([B, heads, T])];
  const drop = dropout(attributes);
  addon().causalAttention!(B, T, heads, D, ...drop, floats(qkv), y.values, logSumExp.values);
  return [y.info, reshaped(y.info, y.info.shape), logSumExp.info];
}

function CausalAttentionGrad(
  { dy, qkv, r0: y, r1: logSumExp }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { B, T, heads, D } = sizes(qkv!, attributes);
  const dqkv = output(qkv!.shape);
  addon().causalAttentionGrad!(
    B,
    T,
    heads,
    D,
    ...dropout(attributes),
    floats(dy),
    floats(qkv),
    floats(y),
    floats(logSumExp),
    dqkv.values,
  );
  return [dqkv.info];
}

function CachedAttention(
  { qkv, keys, values, rows }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { B, T, heads, D } = sizes(qkv!, attributes);
  const y = output([B, T, heads * D]);
  addon().cachedAttention!(
    B,
    T,
    heads,
    D,
    keys!.shape[0]!,
    keys!.shape[2]!,
    ints(rows),
    floats(qkv),
    floatsInPlace(keys),
    floatsInPlace(values),
    y.values,
  );
  return [y.info];
}

function sizes({ shape }: tf.TensorInfo, attributes: tf.NamedAttrMap) {
  const [B, T, E] = shape as [number, number, number];
  const heads = attributes.heads as number;
  return { B, T, heads, D: E / 3 / heads };
}

function dropout({ rate, key }: tf.NamedAttrMap): [number, number, number] {
  const [key0, key1] = key as [number, number];
  return [rate as number, key0 >>> 0, key1 >>> 0];
}
