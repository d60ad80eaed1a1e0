// CrossEntropy computes the gradients that are wanted in the forward pass, while it has the logits; CrossEntropyGrad only scales them.
// Logits are the output layer alone.
import type * as tf from '#tfjs';
import { present, wantedBy } from '../../../ops/wanted.ts';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';
import { scaledBy, withGradients } from './loss.ts';

export const KERNELS: Record<string, Kernel> = { CrossEntropy, CrossEntropyGrad, Logits };

/** The most logits in memory at a time: 64 MiB of them. */
const HELD = 2 ** 24;

function CrossEntropy(
  engine: CpuEngine,
  { x, weight, bias, targets }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [[N, C], [V]] = [x!.shape, weight!.shape] as [[number, number], [number]];
  const wanted = wantedBy(attributes);
  const dx = wanted('x') ? engine.output([N, C]) : undefined;
  const dWeight = wanted('weight') ? engine.output([V, C]) : undefined;
  const dBias = wanted('bias') ? engine.output([V]) : undefined;
  const loss = engine.ops.crossEntropy(
    N,
    C,
    V,
    engine.floats(x),
    engine.floats(weight),
    bias ? engine.floats(bias) : null,
    engine.ints(targets),
    HELD,
    dx?.values ?? null,
    dWeight?.values ?? null,
    dBias?.values ?? null,
  );
  return withGradients(engine, loss, present(dx, dWeight, dBias));
}

/** The residuals are the gradients that are wanted, in the order of x, weight and bias, for a dy of 1. */
function CrossEntropyGrad(engine: CpuEngine, { dy, r0, r1, r2 }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  return scaledBy(engine, dy, present(r0, r1, r2));
}

function Logits(
  engine: CpuEngine,
  { x, weight, bias }: tf.NamedTensorInfoMap,
  { batchInvariant }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [[N, C], [V]] = [x!.shape, weight!.shape] as [[number, number], [number]];
  const y = engine.output([N, V]);
  engine.ops.logits(
    N,
    C,
    V,
    batchInvariant as boolean,
    engine.floats(x),
    engine.bf16Values(weight) ?? engine.floats(weight),
    bias ? engine.floats(bias) : null,
    y.values,
  );
  return [y.info];
}
