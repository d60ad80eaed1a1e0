// Small models of labels for tests.
import type { ModelConfig } from '../../src/architectures/config.ts';
import type { LabelModel } from '../../src/architectures/label-model.ts';
import type { TaggerConfig } from '../../src/architectures/tagger/config.ts';
import { createAnyModel } from '../made-models.ts';
import { enlivened } from './example.ts';

/** Five labels, and two ids that are none. */
export const TAGGER: TaggerConfig = {
  arch: 'tagger',
  vocabSize: 7,
  sourceVocabSize: 9,
  labels: ['O', 'BX', 'IX', 'BY', 'IY'],
  encoder: 'gru',
  head: 'crf',
  bidirectional: true,
  layers: 2,
  heads: 2,
  width: 8,
  context: 12,
  dropout: 0,
};

export function createLabelModel(config: ModelConfig, seed = 0): LabelModel {
  return createAnyModel(config, seed) as LabelModel;
}

export function livelyLabelModel(config: ModelConfig): LabelModel {
  return enlivened(createLabelModel(config, 7));
}
