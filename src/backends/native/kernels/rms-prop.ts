// RMSProp over all parameters, in place.
import { addon } from '../addon.ts';
import { updateKernel } from './update.ts';

const RmsProp = updateKernel(({ inPlace, gradients, decays, scale }, settings) => {
  const { learningRate, smoothing, momentum, epsilon } = settings;
  addon().rmsProp!(
    inPlace('parameter'),
    gradients,
    inPlace('square'),
    momentum! > 0 ? inPlace('momentum') : null,
    Float32Array.from(decays),
    learningRate!,
    smoothing!,
    momentum!,
    epsilon!,
    scale,
  );
});

export const KERNELS = { RmsProp };
