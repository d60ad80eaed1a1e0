// CtcLoss computes the gradient in the forward pass, while it has the alignments; CtcLossGrad only scales it.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';
import { scaledBy, withGradients } from './loss.ts';

export const KERNELS: Record<string, Kernel> = { CtcLoss, CtcLossGrad };

function CtcLoss(
  engine: CpuEngine,
  { logits, inputLengths, targets, targetLengths }: tf.NamedTensorInfoMap,
  { blank, wanted }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [B, T, V] = logits!.shape as [number, number, number];
  const gradients = wanted ? [engine.output(logits!.shape)] : [];
  const loss = engine.ops.ctcLoss(
    B,
    T,
    V,
    targets!.shape[1]!,
    blank as number,
    engine.floats(logits),
    engine.ints(inputLengths),
    engine.ints(targets),
    engine.ints(targetLengths),
    gradients[0]?.values ?? null,
  );
  return withGradients(engine, loss, gradients);
}

/** The residual is the gradient of the logits for a dy of 1. */
function CtcLossGrad(engine: CpuEngine, { dy, r0 }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  return scaledBy(engine, dy, [r0!]);
}
