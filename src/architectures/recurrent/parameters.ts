// A stacked recurrent model's structure: embedding, layers, output layer.
import {
  headSpecs,
  type Initializer,
  matrix,
  normal,
  type ParameterSpec,
  type Specs,
  tableSpecs,
  uniform,
  vector,
  within,
  zero,
} from '../../layers/parameters.ts';
import type { RecurrentConfig } from './config.ts';

/** A layer's matrices and bias; the gates stand side by side. */
export function gateSpecs(width: number, gates: number, bias: Initializer = zero): ParameterSpec[] {
  const initial = uniform(1 / Math.sqrt(width));
  return [
    matrix('input.weight', width, gates * width, initial),
    matrix('recurrent.weight', width, gates * width, initial),
    vector('bias', gates * width, bias),
  ];
}

export function* recurrentSpecs(config: RecurrentConfig, layer: Specs): Generator<ParameterSpec> {
  const { arch, vocabSize, layers, width, tiedHead } = config;
  const deviation = tiedHead ? 0.02 : 1 / Math.sqrt(width);
  yield* within('embedding', tableSpecs(vocabSize, width, normal(deviation)));
  for (let i = 0; i < layers; i++) yield* within(`${arch}.${i}`, layer);
  const head = headSpecs({ vocabSize, width, bias: true, tied: tiedHead }, uniform(1 / Math.sqrt(width)));
  yield* within('head', head);
}
