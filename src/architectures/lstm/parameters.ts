// The stacked LSTM's structure: embedding, layers, output layer.
import {
  headSpecs,
  matrix,
  normal,
  type ParameterSpec,
  tableSpecs,
  uniform,
  vector,
  within,
} from '../../layers/parameters.ts';
import type { LstmConfig } from './config.ts';

/** One layer; the four gates stand side by side in PyTorch's order: input, forget, cell, output. */
export function layerSpecs(width: number): ParameterSpec[] {
  const initial = uniform(1 / Math.sqrt(width));
  // A forget-gate bias of 1 lets an untrained layer remember (Jozefowicz et al. 2015).
  const openForgetGate = (_: unknown, i: number) => (i >= width && i < 2 * width ? 1 : 0);
  return [
    matrix('input.weight', width, 4 * width, initial),
    matrix('recurrent.weight', width, 4 * width, initial),
    vector('bias', 4 * width, openForgetGate),
  ];
}

export function* lstmSpecs({ vocabSize, layers, width, tiedHead }: LstmConfig): Generator<ParameterSpec> {
  const deviation = tiedHead ? 0.02 : 1 / Math.sqrt(width);
  yield* within('embedding', tableSpecs(vocabSize, width, normal(deviation)));
  for (let i = 0; i < layers; i++) yield* within(`lstm.${i}`, layerSpecs(width));
  const head = headSpecs({ vocabSize, width, bias: true, tied: tiedHead }, uniform(1 / Math.sqrt(width)));
  yield* within('head', head);
}
