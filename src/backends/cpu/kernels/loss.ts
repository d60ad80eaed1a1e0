// What the kernels of losses share: they compute the gradients for a dy of 1 in the forward pass, as residuals, and the
// gradient's kernel only scales them.
import type * as tf from '#tfjs';
import type { Output } from '../backend.ts';
import type { CpuEngine } from '../engine.ts';

/** The answer of a loss's kernel. */
export function withGradients(
  engine: CpuEngine,
  loss: number,
  gradients: Output<Float32Array>[],
): tf.TensorInfo[] {
  const y = engine.output([]);
  y.values[0] = loss;
  return [y.info, ...gradients.map(({ info }) => info)];
}

/** The answer of its gradient's kernel: the residuals, scaled in place. */
export function scaledBy(
  engine: CpuEngine,
  dy: tf.TensorInfo | undefined,
  gradients: tf.TensorInfo[],
): tf.TensorInfo[] {
  const factor = engine.floats(dy)[0]!;
  if (factor !== 1)
    engine.ops.lossGrad(
      gradients.map((info) => engine.floatsInPlace(info)),
      factor,
    );
  return gradients.map((gradient) => engine.reshaped(gradient, gradient.shape));
}
