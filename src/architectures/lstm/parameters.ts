// An LSTM layer's parameters. The four gates stand side by side in PyTorch's order: input, forget, cell, output.
import { type ParameterSpec, uniform, vector } from '../../layers/parameters.ts';
import { gateSpecs } from '../recurrent/parameters.ts';

export interface LayerShape {
  width: number;
  /** The input, the forget and the output gate see the cells, each unit its own. */
  peepholes?: boolean;
}

export function layerSpecs({ width, peepholes = false }: LayerShape): ParameterSpec[] {
  // A forget-gate bias of 1 lets an untrained layer remember (Jozefowicz et al. 2015).
  const openForgetGate = (_: unknown, i: number) => (i >= width && i < 2 * width ? 1 : 0);
  return [
    ...gateSpecs(width, 4, openForgetGate),
    ...(peepholes ? [vector('peepholes', 3 * width, uniform(1 / Math.sqrt(width)))] : []),
  ];
}
