// Stochastic gradient descent over all parameters, in place.
import { addon } from '../addon.ts';
import { updateKernel } from './update.ts';

const Sgd = updateKernel(({ inPlace, gradients, decays, scale }, settings) => {
  const { learningRate, momentum, nesterov } = settings;
  addon().sgd!(
    inPlace('parameter'),
    gradients,
    momentum! > 0 ? inPlace('momentum') : null,
    Float32Array.from(decays),
    learningRate!,
    momentum!,
    Boolean(nesterov),
    scale,
  );
});

export const KERNELS = { Sgd };
