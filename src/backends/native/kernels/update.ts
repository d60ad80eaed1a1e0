// What the kernels of all optimizers' updates have in common.
import { gradientScale } from '../../../ops/update.ts';
import { floats, floatsInPlace, type Kernel } from '../memory.ts';

interface Update {
  /** Parameters, or a part of the state: one array for each parameter. */
  inPlace(name: string): Float32Array[];
  gradients: Float32Array[];
  /** One for each parameter. */
  decays: number[];
  /** What gradients are multiplied by. */
  scale: number;
}

/** `run` is called where loss and norm are finite. */
export function updateKernel(run: (update: Update, settings: Record<string, number>) => void): Kernel {
  return (inputs, attributes) => {
    const settings = attributes as Record<string, number>;
    const scale = gradientScale(floats(inputs.loss)[0]!, floats(inputs.norm)[0]!, settings.clip!);
    if (scale === undefined) return [];
    const decays = attributes.weightDecay as number[];
    const update = {
      inPlace: (name: string) => decays.map((_, i) => floatsInPlace(inputs[name + i])),
      gradients: decays.map((_, i) => floats(inputs[`gradient${i}`])),
      decays,
      scale,
    };
    run(update, settings);
    return [];
  };
}
