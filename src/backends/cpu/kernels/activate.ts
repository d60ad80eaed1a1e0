// Activate and its gradient.
import type { ElementActivation } from '../../../ops/activate.ts';
import type { Kernel } from '../kernel.ts';

/** As native/kernels/activate.cc counts them. */
const NUMBERS: Readonly<Record<ElementActivation, number>> = { silu: 0, gelu: 1, relu2: 2 };

export const KERNELS: Record<string, Kernel> = {
  Activate(engine, { x, up }, { activation }) {
    const y = engine.output(x!.shape);
    const given = [engine.floats(x), up ? engine.floats(up) : null] as const;
    engine.ops.activate(NUMBERS[activation as ElementActivation], y.values.length, ...given, y.values);
    return [y.info];
  },
  ActivateGrad(engine, { dy, x, up }, { activation }) {
    const dx = engine.output(x!.shape);
    const dUp = up && engine.output(up.shape);
    const given = [engine.floats(dy), engine.floats(x), up ? engine.floats(up) : null] as const;
    const number = NUMBERS[activation as ElementActivation];
    engine.ops.activateGrad(number, dx.values.length, ...given, dx.values, dUp?.values ?? null);
    return [dx.info, ...(dUp ? [dUp.info] : [])];
  },
};
