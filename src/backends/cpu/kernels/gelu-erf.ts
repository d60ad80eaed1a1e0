// GeluErf and its gradient.
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = {
  GeluErf(engine, { x }) {
    const y = engine.output(x!.shape);
    engine.ops.geluErf(y.values.length, engine.floats(x), y.values);
    return [y.info];
  },
  GeluErfGrad(engine, { dy, x }) {
    const dx = engine.output(x!.shape);
    engine.ops.geluErfGrad(dx.values.length, engine.floats(dy), engine.floats(x), dx.values);
    return [dx.info];
  },
};
