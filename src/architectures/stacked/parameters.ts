// A stacked model's structure: embedding, layers, a norm where it has one, output layer.
import {
  headSpecs,
  normal,
  normSpecs,
  type ParameterSpec,
  type Specs,
  tableSpecs,
  uniform,
  within,
} from '../../layers/parameters.ts';
import type { StackedConfig } from './config.ts';

/** GPT-2's deviation. */
const SMALL = 0.02;

/** What is particular to a kind of model. */
export interface Structure {
  /** Each layer's parameters. */
  layer: Specs;
  /** Whether a norm stands before the output layer. */
  finalNorm: boolean;
}

export function* stackedSpecs(
  config: StackedConfig,
  { layer, finalNorm }: Structure,
): Generator<ParameterSpec> {
  const { arch, vocabSize, layers, width, tiedHead } = config;
  const deviation = tiedHead ? SMALL : 1 / Math.sqrt(width);
  yield* within('embedding', tableSpecs(vocabSize, width, normal(deviation)));
  for (let i = 0; i < layers; i++) yield* within(`${arch}.${i}`, layer);
  if (finalNorm) yield* within('norm', normSpecs(width));
  // What a norm gives is larger than states are at first: to know nothing yet, the output layer must be smaller.
  const initial = finalNorm ? normal(SMALL) : uniform(1 / Math.sqrt(width));
  yield* within('head', headSpecs({ vocabSize, width, bias: true, tied: tiedHead }, initial));
}
