// CrfLoss computes the gradients in the forward pass, while it has the paths; CrfLossGrad only scales them.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';
import { scaledBy, withGradients } from './loss.ts';

export const KERNELS: Record<string, Kernel> = { CrfLoss, CrfLossGrad };

function CrfLoss(
  engine: CpuEngine,
  { scores, transitions, start, end, tags, lengths }: tf.NamedTensorInfoMap,
  { wanted }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [B, T, K] = scores!.shape as [number, number, number];
  const weights = [scores!, transitions!, start!, end!];
  const gradients = wanted ? weights.map(({ shape }) => engine.output(shape)) : [];
  const [dScores, dTransitions, dStart, dEnd] = gradients;
  const loss = engine.ops.crfLoss(
    B,
    T,
    K,
    engine.floats(scores),
    engine.floats(transitions),
    engine.floats(start),
    engine.floats(end),
    engine.ints(tags),
    engine.ints(lengths),
    dScores?.values ?? null,
    dTransitions?.values ?? null,
    dStart?.values ?? null,
    dEnd?.values ?? null,
  );
  return withGradients(engine, loss, gradients);
}

/** The residuals are the gradients of scores, transitions, start and end for a dy of 1. */
function CrfLossGrad(engine: CpuEngine, { dy, r0, r1, r2, r3 }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  return scaledBy(engine, dy, [r0!, r1!, r2!, r3!]);
}
