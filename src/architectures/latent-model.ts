// What is known of an autoencoder of texts outside of its architecture: a text becomes a distribution over vectors, the latent
// ones, and a vector becomes a text.
import type { Scalar, Tensor1D, Tensor2D } from '#tfjs';
import type { LossOptions, Model } from './language-model.ts';
import type { PaddedPairs, PaddedTexts, Steps } from './pair-model.ts';

/** A normal distribution for each of several texts, whose dimensions are independent, and how far it is from the prior. */
export interface Posterior {
  /** (B, D) */
  mean: Tensor2D;
  /** (B, D) */
  logVariance: Tensor2D;
  /** The Kullback-Leibler divergence of each dimension from the standard normal distribution, nats, (B, D). */
  divergence: Tensor2D;
}

export interface LatentLossOptions extends LossOptions {
  /** Steps of training before this one, which say how much the divergence weighs by now. */
  step: number;
}

export interface LatentModel extends Model {
  readonly config: Model['config'] & {
    /** How many dimensions a latent vector has. */
    readonly latent: number;
    /** The id that begins a text, and ends a document. */
    readonly end: number;
  };
  /** Nats per token of texts that are their own sources. Without a dropout key the latent vectors are the means. */
  loss(texts: PaddedPairs, options: LatentLossOptions): Scalar;
  posterior(texts: PaddedTexts): Posterior;
  /** −ln p(text | z) of each text, (B). z (B, D) */
  reconstruction(z: Tensor2D, texts: Pick<PaddedPairs, 'inputs' | 'targets'>): Tensor1D;
  /** Texts written from latent vectors, z (B, D), a row each. */
  startTexts(z: Tensor2D): Steps;
}
