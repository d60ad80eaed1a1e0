// AdamW over all parameters, in place.
import { addon } from '../addon.ts';
import { updateKernel } from './update.ts';

const AdamW = updateKernel(({ inPlace, gradients, decays, scale }, settings) => {
  const { learningRate, beta1, beta2, epsilon, step } = settings;
  addon().adamW!(
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
