// CoveredSoftmax and CoveredAdditive, whose residual is y: weights and coverage; and their gradients.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = {
  CoveredSoftmax,
  CoveredSoftmaxGrad,
  CoveredAdditive,
  CoveredAdditiveGrad,
};

function CoveredSoftmax(
  engine: CpuEngine,
  { scores, weight, before }: tf.NamedTensorInfoMap,
): tf.TensorInfo[] {
  const y = engine.output([2, ...scores!.shape]);
  const { R, H, T, S } = rowsOf(scores!);
  engine.ops.coveredSoftmax(
    R,
    H,
    T,
    S,
    engine.floats(scores),
    engine.floats(weight),
    engine.floats(before),
    y.values,
  );
  return [y.info, engine.reshaped(y.info, y.info.shape)];
}

function CoveredSoftmaxGrad(
  engine: CpuEngine,
  { dy, scores, weight, r0: y }: tf.NamedTensorInfoMap,
): tf.TensorInfo[] {
  const [dScores, dWeight] = [engine.output(scores!.shape), engine.output(weight!.shape)];
  const { R, H, T, S } = rowsOf(scores!);
  engine.ops.coveredSoftmaxGrad(
    R,
    H,
    T,
    S,
    engine.floats(dy),
    engine.floats(weight),
    engine.floats(y),
    dScores.values,
    dWeight.values,
  );
  return [dScores.info, dWeight.info];
}

function CoveredAdditive(
  engine: CpuEngine,
  { queries, keys, cover, score, mask, before }: tf.NamedTensorInfoMap,
): tf.TensorInfo[] {
  const { B, T, S, C } = textsOf(queries!, keys!);
  const y = engine.output([2, B, 1, T, S]);
  engine.ops.coveredAdditive(
    B,
    T,
    S,
    C,
    engine.floats(queries),
    engine.floats(keys),
    engine.floats(cover),
    engine.floats(score),
    engine.floats(mask),
    engine.floats(before),
    y.values,
  );
  return [y.info, engine.reshaped(y.info, y.info.shape)];
}

function CoveredAdditiveGrad(
  engine: CpuEngine,
  { dy, queries, keys, cover, score, r0: y }: tf.NamedTensorInfoMap,
): tf.TensorInfo[] {
  const { B, T, S, C } = textsOf(queries!, keys!);
  const gradients = [queries!, keys!, cover!, score!].map(({ shape }) => engine.output(shape));
  const [dQueries, dKeys, dCover, dScore] = gradients.map(({ values }) => values);
  engine.ops.coveredAdditiveGrad(
    B,
    T,
    S,
    C,
    engine.floats(dy),
    engine.floats(queries),
    engine.floats(keys),
    engine.floats(cover),
    engine.floats(score),
    engine.floats(y),
    dQueries!,
    dKeys!,
    dCover!,
    dScore!,
  );
  return gradients.map(({ info }) => info);
}

/** A row for each head of each text. */
function rowsOf({ shape }: tf.TensorInfo) {
  const [B, H, T, S] = shape as [number, number, number, number];
  return { R: B * H, H, T, S };
}

function textsOf({ shape }: tf.TensorInfo, keys: tf.TensorInfo) {
  const [B, T, C] = shape as [number, number, number];
  return { B, T, S: keys.shape[1]!, C };
}
