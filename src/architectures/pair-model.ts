// What is known of a model of pairs outside of its architecture: it reads a source and writes a target.
import type { Scalar, Tensor1D, Tensor2D, Tensor3D } from '#tfjs';
import type { LossOptions, Model } from './language-model.ts';

/** Texts side by side, padded at the end. */
export interface PaddedTexts {
  /** (B, S) int32; what stands in the padding changes nothing. */
  ids: Tensor2D;
  /** (B) int32: how many of each text's ids count, at least one. */
  lengths: Tensor1D;
}

/** Pairs side by side. A target's inputs begin with the token that also ends its targets. */
export interface PaddedPairs {
  sources: PaddedTexts;
  /** (B, T) int32 */
  inputs: Tensor2D;
  /** (B, T) int32: each input's successor; negative in the padding. */
  targets: Tensor2D;
}

export interface PairModel extends Model {
  readonly config: Model['config'] & {
    readonly sourceVocabSize: number;
    /** The id that begins and ends a target. */
    readonly end: number;
  };
  /** Mean negative log-likelihood (nats) of the targets that are not negative; in training, whatever else is to be lowered. */
  loss(pairs: PaddedPairs, options?: LossOptions): Scalar;
  /** What follows each of the inputs, (B, T, V). */
  logits(sources: PaddedTexts, inputs: Tensor2D): Tensor3D;
  /** How much each input looks at each token of its source, (B, T, S); undefined where the model has no attention. */
  attention(sources: PaddedTexts, inputs: Tensor2D): Tensor3D | undefined;
  startSteps(sources: PaddedTexts): Steps;
  /** What CTC says beside the decoder; undefined where there is none. */
  readonly ctc: BesideDecoder | undefined;
}

/** An output layer of CTC on the encoder, whose blank is one id beyond the vocabulary. */
export interface BesideDecoder {
  /** Its share in the score of what is written. */
  readonly weight: number;
  /** Reads the sources once for both. */
  startSteps(sources: PaddedTexts): StepsBeside;
}

export interface StepsBeside {
  steps: Steps;
  /** Of each id, and of the blank, at each token of the source: (B, S, V + 1) */
  logProbabilities: Tensor3D;
}

export function isPairModel(model: Model): model is PairModel {
  return 'startSteps' in model;
}

/** Targets decoded in step, a row each: at first one for each source. */
export interface Steps {
  /** Feeds a token to each row; returns the next token's logits of each, (R, V). */
  feed(tokens: ArrayLike<number>): Tensor2D;
  /** Row i becomes what row `rows[i]` is: rows that are not named end, and those named twice become two. */
  reorder(rows: readonly number[]): void;
  dispose(): void;
}
