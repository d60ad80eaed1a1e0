// The structure of a variational autoencoder: encoder, latent vector, decoder, output layer.
import {
  headSpecs,
  linearSpecs,
  normal,
  type ParameterSpec,
  uniform,
  within,
} from '../../layers/parameters.ts';
import { isTransformer } from '../seq2seq/config.ts';
import { decoderSpecs, encoderSpecs, inputSpecs, SMALL } from '../seq2seq/parameters.ts';
import { sidesOf, type VaeConfig } from './config.ts';

export function* vaeSpecs(config: VaeConfig): Generator<ParameterSpec> {
  const { vocabSize, width, latent, encoder, decoder } = config;
  const sides = sidesOf(config);
  const initial = uniform(1 / Math.sqrt(width));
  yield* within('source', inputSpecs(sides, encoder, sides.sourceVocabSize));
  yield* within('encoder', encoderSpecs(sides));
  yield* within('posterior', linearSpecs(width, 2 * latent, initial));
  yield* within('target', inputSpecs(sides, decoder, sides.vocabSize));
  yield* within('bridge', linearSpecs(latent, width, uniform(1 / Math.sqrt(latent))));
  yield* within('decoder', decoderSpecs(sides));
  const output = isTransformer(decoder) ? normal(SMALL) : initial;
  yield* within('head', headSpecs({ vocabSize, width, bias: true, tied: false }, output));
}
