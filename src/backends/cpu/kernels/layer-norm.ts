// LayerNorm and its gradient. The residuals are the mean of each row, and 1 / its standard deviation.
import type * as tf from '#tfjs';
import { present, wantedBy } from '../../../ops/wanted.ts';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = { LayerNorm, LayerNormGrad };

function LayerNorm(
  engine: CpuEngine,
  { x, weight, bias }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { N, C } = rows(x!.shape);
  const [y, means, scales] = [engine.output(x!.shape), engine.output([N]), engine.output([N])];
  engine.ops.layerNorm(
    N,
    C,
    attributes.epsilon as number,
    engine.floats(x),
    engine.floats(weight),
    engine.floats(bias),
    y.values,
    means.values,
    scales.values,
  );
  return [y.info, means.info, scales.info];
}

function LayerNormGrad(
  engine: CpuEngine,
  { dy, x, weight, r0, r1 }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { N, C } = rows(x!.shape);
  const dx = engine.output(x!.shape);
  const isFrozen = !['weight', 'bias'].some(wantedBy(attributes));
  const [dWeight, dBias] = isFrozen ? [] : [engine.output([C]), engine.output([C])];
  engine.ops.layerNormGrad(
    N,
    C,
    engine.floats(dy),
    engine.floats(x),
    engine.floats(weight),
    engine.floats(r0),
    engine.floats(r1),
    dx.values,
    dWeight?.values ?? null,
    dBias?.values ?? null,
  );
  return present(dx.info, dWeight?.info, dBias?.info);
}

/** The shape (…, C) seen as (N, C). */
function rows(shape: number[]): { N: number; C: number } {
  return { N: shape.slice(0, -1).reduce((a, b) => a * b, 1), C: shape.at(-1)! };
}
