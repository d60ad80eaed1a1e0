// FullAttention, whose residuals are y and the log-sum-exp of each row of scores; and its gradient.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';
import { dropout } from './attention.ts';

export const KERNELS: Record<string, Kernel> = { FullAttention, FullAttentionGrad };

function FullAttention(
  engine: CpuEngine,
  { q, k, v, lengths }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { B, T, S, heads, D } = sizes(q!, k!, attributes);
  const [y, logSumExp] = [engine.output(q!.shape), engine.output([B, heads, T])];
  engine.ops.fullAttention(
    B,
    T,
    S,
    heads,
    D,
    ...dropout(attributes),
    engine.floats(q),
    engine.floats(k),
    engine.floats(v),
    engine.ints(lengths),
    y.values,
    logSumExp.values,
  );
  return [y.info, engine.reshaped(y.info, y.info.shape), logSumExp.info];
}

function FullAttentionGrad(
  engine: CpuEngine,
  { dy, q, k, v, lengths, r0: y, r1: logSumExp }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { B, T, S, heads, D } = sizes(q!, k!, attributes);
  const [dq, dk, dv] = [engine.output(q!.shape), engine.output(k!.shape), engine.output(v!.shape)];
  engine.ops.fullAttentionGrad(
    B,
    T,
    S,
    heads,
    D,
    ...dropout(attributes),
    engine.floats(dy),
    engine.floats(q),
    engine.floats(k),
    engine.floats(v),
    engine.ints(lengths),
    engine.floats(y),
    engine.floats(logSumExp),
    dq.values,
    dk.values,
    dv.values,
  );
  return [dq.info, dk.info, dv.info];
}

function sizes(q: tf.TensorInfo, k: tf.TensorInfo, attributes: tf.NamedAttrMap) {
  const [B, T, C] = q.shape as [number, number, number];
  const heads = attributes.heads as number;
  return { B, T, S: k.shape[1]!, heads, D: C / heads };
}
