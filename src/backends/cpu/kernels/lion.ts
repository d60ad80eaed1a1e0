// Lion over all parameters, in place, in one call.
import { updateKernel } from './update.ts';

const Lion = updateKernel((ops, { inPlace, gradients, decays, scale }, settings) => {
  const { learningRate, beta1, beta2 } = settings;
  ops.lion(
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
