// Lion over all parameters, in place.
import { addon } from '../addon.ts';
import { updateKernel } from './update.ts';

const Lion = updateKernel(({ inPlace, gradients, decays, scale }, settings) => {
  const { learningRate, beta1, beta2 } = settings;
  addon().lion!(
    inPlace('parameter'),
    gradients,
    inPlace('mean'),
    Float32Array.from(decays, (decay) => learningRate! * decay),
    learningRate!,
    beta1!,
    beta2!,
    scale,
  );
});

export const KERNELS = { Lion };
