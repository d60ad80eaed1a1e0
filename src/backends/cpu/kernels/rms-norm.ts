// RmsNorm and its gradient. The residual is 1 / the root of each row's mean square.
import * as tf from '#tfjs';
import { present, wantedBy } from '../../../ops/wanted.ts';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = {
  RmsNorm(engine, { x, weight }, { epsilon }) {
    const { N, C } = sizes(x!, weight!);
    const [y, scales] = [engine.output(x!.shape), engine.output([N])];
    const [given, learned] = [engine.floats(x), engine.floats(weight)];
    engine.ops.rmsNorm(N, C, epsilon as number, given, learned, y.values, scales.values);
    return [y.info, scales.info];
  },
  RmsNormGrad(engine, { dy, x, weight, r0 }, attributes) {
    const { N, C } = sizes(x!, weight!);
    const dx = engine.output(x!.shape);
    const dWeight = wantedBy(attributes)('weight') ? engine.output([C]) : undefined;
    const given = [engine.floats(dy), engine.floats(x), engine.floats(weight), engine.floats(r0)] as const;
    engine.ops.rmsNormGrad(N, C, ...given, dx.values, dWeight?.values ?? null);
    return present(dx.info, dWeight?.info);
  },
};

function sizes(x: tf.TensorInfo, weight: tf.TensorInfo) {
  const C = weight.shape[0]!;
  return { N: tf.util.sizeFromShape(x.shape) / C, C };
}
