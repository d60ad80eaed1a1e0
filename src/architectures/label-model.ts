// What is known of a model of labels outside of its architecture: it reads a source, and its output layer scores labels at each
// of its tokens.
import type { Scalar, Tensor3D } from '#tfjs';
import type { CrfAllowed, CrfWeights } from '../ops/index.ts';
import type { ModelConfig } from './config.ts';
import type { LossOptions, Model } from './language-model.ts';
import type { PaddedTexts } from './pair-model.ts';

export type LabelConfig = ModelConfig & {
  readonly sourceVocabSize: number;
  /** The labels by their ids; empty where they are not known by name. */
  readonly labels: readonly string[];
  /** CTC has fewer labels than tokens, the others one for each. */
  readonly head: 'softmax' | 'crf' | 'ctc';
};

export interface LabelModel extends Model {
  readonly config: LabelConfig;
  /** Which labels may follow one another; undefined where any may. */
  readonly allowed: CrfAllowed | undefined;
  /** What a linear-chain CRF weighs beside the scores; undefined where there is none. */
  readonly crf: CrfWeights | undefined;
  /** CTC's blank; undefined where there is none. */
  readonly blank: number | undefined;
  /** Mean negative log-likelihood (nats) of the labels; ids after a row's length have no part in it. */
  loss(sources: PaddedTexts, labels: PaddedTexts, options?: LossOptions): Scalar;
  /** Of each label at each of the tokens, before any softmax: (B, T, K) */
  scores(sources: PaddedTexts): Tensor3D;
}
