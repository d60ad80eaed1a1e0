// The structure of a tagger: source, encoder, output layer, and what a CRF weighs beside its scores.
import {
  headSpecs,
  matrix,
  normal,
  type ParameterSpec,
  uniform,
  vector,
  within,
  zero,
} from '../../layers/parameters.ts';
import { isTransformer } from '../seq2seq/config.ts';
import { encoderSpecs, inputSpecs, SMALL } from '../seq2seq/parameters.ts';
import type { TaggerConfig } from './config.ts';

/** How many kinds of output there are: the labels, and after them CTC's blank. */
export function outputsOf({ head, vocabSize }: Pick<TaggerConfig, 'head' | 'vocabSize'>): number {
  return head === 'ctc' ? vocabSize + 1 : vocabSize;
}

export function* taggerSpecs(config: TaggerConfig): Generator<ParameterSpec> {
  const { encoder, sourceVocabSize, width, head } = config;
  yield* within('source', inputSpecs(config, encoder, sourceVocabSize));
  yield* within('encoder', encoderSpecs(config));
  const initial = isTransformer(encoder) ? normal(SMALL) : uniform(1 / Math.sqrt(width));
  const shape = { vocabSize: outputsOf(config), width, bias: true, tied: false };
  yield* within('head', headSpecs(shape, initial));
  if (head === 'crf') yield* within('crf', crfSpecs(config.vocabSize));
}

/** A CRF that weighs nothing is a softmax: there it begins. */
export function crfSpecs(labels: number): ParameterSpec[] {
  return [matrix('transitions', labels, labels, zero), vector('start', labels), vector('end', labels)];
}
