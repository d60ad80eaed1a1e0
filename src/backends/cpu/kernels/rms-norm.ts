// RmsNorm and its gradient. The residual is 1 / the root of each row's mean square.
import * as tf from '#tfjs';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = {
  RmsNorm(engine, { x, weight }, { epsilon }) {
    const { N, C } = sizes(x!, weight!);
    const [y, scales] = [engine.output(x!.shape), engine.output([N])];
    const [given, learned] = [engine.floats(x), engine.floats(weight)];
    engine.ops.rmsNorm(N, C, epsilon as number, given, learned, y.values, scales.values);
    return [y.info, scales.info];
  },
  RmsNormGrad(engine, { dy, x, weight, r0 }) {
    const { N, C } = sizes(x!, weight!);
    const [dx, dWeight] = [engine.output(x!.shape), engine.output([C])];
    const given = [engine.floats(dy), engine.floats(x), engine.floats(weight), engine.floats(r0)] as const;
    engine.ops.rmsNormGrad(N, C, ...given, dx.values, dWeight.values);
    return [dx.info, dWeight.info];
  },
};

function sizes(x: tf.TensorInfo, weight: tf.TensorInfo) {
  const C = weight.shape[0]!;
  return { N: tf.util.sizeFromShape(x.shape) / C, C };
}
