// LayerNorm and its gradient. The residuals are each row's mean and 1 / standard deviation.
import type * as tf from '#tfjs';
import { addon } from '../addon.ts';
import { floats, type Kernel, output } from '../memory.ts';

export const KERNELS: Record<string, Kernel> = { LayerNorm, LayerNormGrad };

function LayerNorm({ x, weight, bias }: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  const { N, C } = rows(x!.shape);
  const [y, means, scales] = [output(x!.shape), output([N]), output([N])];
  addon().layerNorm!(
    N,
    C,
    attributes.epsilon as number,
    floats(x),
    floats(weight),
    floats(bias),
    y.values,
    means.values,
    scales.values,
  );
  return [y.info, means.info, scales.info];
}

function LayerNormGrad({ dy, x, weight, r0, r1 }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { N, C } = rows(x!.shape);
  const [dx, dWeight, dBias] = [output(x!.shape), output([C]), output([C])];
  addon().layerNormGrad!(
    N,
    C,
    floats(dy),
    floats(x),
    floats(weight),
    floats(r0),
    floats(r1),
    dx.values,
    dWeight.values,
    dBias.values,
  );
  return [dx.info, dWeight.info, dBias.info];
}

/** (…, C) as (N, C) */
function rows(shape: number[]): { N: number; C: number } {
  return { N: shape.slice(0, -1).reduce((a, b) => a * b, 1), C: shape.at(-1)! };
}
