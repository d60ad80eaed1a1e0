// What the kernels of all optimizers' updates share.
import { gradientScale } from '../../../ops/clip.ts';
import type { UpdateSettings } from '../../../ops/update.ts';
import type { Kernel } from '../kernel.ts';
import type { CpuOps } from '../ops.ts';

interface Update {
  /** Parameters, or a part of the state: one array for each parameter. */
  inPlace(name: string): Float32Array[];
  gradients: Float32Array[];
  shapes: number[][];
  /** One for each parameter. */
  decays: number[];
  /** The factor of the gradients, which clips them. */
  scale: number;
}

/** Calls `run` unless the loss or the norm is not finite. */
export function updateKernel<Own = Record<string, number>>(
  run: (ops: CpuOps, update: Update, settings: Own & UpdateSettings) => void,
): Kernel {
  return (engine, inputs, attributes) => {
    const settings = attributes as Own & UpdateSettings;
    const scale = gradientScale(
      engine.floats(inputs.loss)[0]!,
      engine.floats(inputs.norm)[0]!,
      settings.clip,
    );
    if (scale === undefined) return [];
    const decays = attributes.weightDecay as number[];
    const update = {
      inPlace: (name: string) => decays.map((_, i) => engine.floatsInPlace(inputs[name + i])),
      gradients: decays.map((_, i) => engine.floats(inputs[`gradient${i}`])),
      shapes: decays.map((_, i) => inputs[`gradient${i}`]!.shape),
      decays,
      scale,
    };
    run(engine.ops, update, settings);
    return [];
  };
}
