// Stochastic gradient descent over all parameters, in place, in one call.
import { updateKernel } from './update.ts';

const Sgd = updateKernel((ops, { inPlace, gradients, decays, scale }, settings) => {
  const { learningRate, momentum, nesterov } = settings;
  ops.sgd(
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
