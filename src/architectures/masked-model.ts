// What is known of a model of masked tokens outside of its architecture: it tells tokens from those on both sides of them.
import type { Scalar, Tensor1D, Tensor2D } from '#tfjs';
import type { ModelConfig } from './config.ts';
import type { LossOptions, Model } from './language-model.ts';

/** Texts side by side, and the places in them that are asked about. */
export interface MaskedTexts {
  /** (B, T) int32 */
  ids: Tensor2D;
  /** (N) int32: place t of text b is number b · T + t. */
  places: Tensor1D;
  /** (B) int32: how many of each text's ids count, at least one; all of them if not given. */
  lengths?: Tensor1D;
}

export interface MaskedModel extends Model {
  readonly config: Model['config'] & {
    /** The id that stands for a token that is not shown. */
    readonly mask: number;
    /** Whether training masks whole words. */
    readonly wholeWords: boolean;
  };
  /** Mean negative log-likelihood (nats) of what belongs in the places, targets (N). */
  loss(texts: MaskedTexts, targets: Tensor1D, options?: LossOptions): Scalar;
  /** What belongs in each of the places, (N, V). */
  logits(texts: MaskedTexts): Tensor2D;
}

/** The id of the mask of such a model. */
export function maskOf({ mask }: ModelConfig): number | undefined {
  return typeof mask === 'number' ? mask : undefined;
}
