// Muon over all matrices, in place, in one call.
import { type MuonSettings, matrixSizes, rateFactor } from '../../../ops/muon.ts';
import { updateKernel } from './update.ts';

const Muon = updateKernel<MuonSettings>((ops, { inPlace, gradients, shapes, decays, scale }, settings) => {
  const { learningRate, momentum, adjustRate } = settings;
  ops.muon(
    inPlace('parameter'),
    gradients,
    inPlace('momentum'),
    Float32Array.from(decays, (decay) => learningRate * decay),
    Int32Array.from(shapes, (shape) => matrixSizes(shape)[0]),
    Float32Array.from(shapes, (shape) => learningRate * rateFactor(shape, adjustRate)),
    momentum,
    scale,
  );
});

export const KERNELS = { Muon };
