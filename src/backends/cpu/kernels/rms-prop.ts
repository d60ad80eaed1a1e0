// RMSProp over all parameters, in place, in one call.
import { updateKernel } from './update.ts';

const RmsProp = updateKernel((ops, { inPlace, gradients, decays, scale }, settings) => {
  const { learningRate, smoothing, momentum, epsilon } = settings;
  ops.rmsProp(
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
