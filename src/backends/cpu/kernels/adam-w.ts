// AdamW over all parameters, in place, in one call.
import { updateKernel } from './update.ts';

const AdamW = updateKernel((ops, { inPlace, gradients, decays, scale }, settings) => {
  const { learningRate, beta1, beta2, epsilon, step } = settings;
  ops.adamW(
    inPlace('parameter'),
    gradients,
    inPlace('mean'),
    inPlace('square'),
    Float32Array.from(decays, (decay) => learningRate! * decay),
    learningRate!,
    beta1!,
    beta2!,
    epsilon!,
    step!,
    scale,
  );
});

export const KERNELS = { AdamW };
