// What training adds to the loss of a target, and changes of its inputs.
import * as tf from '#tfjs';
import { fold, type Key, Stream } from '../../base/random.ts';
import { unrecorded } from '../../ops/index.ts';
import type { Attended } from './attention.ts';

/**
 * Scheduled sampling (Bengio et al. 2015) of all positions at once (Mihaylova and Martins 2019): each input but the first
 * is, with probability 1 − share, what the model holds likeliest after the target's own inputs.
 */
export function mixedInputs(
  inputs: tf.Tensor2D,
  { share, key, place }: { share: number; key: Key; place: number },
  logits: () => tf.Tensor3D,
): tf.Tensor2D {
  const [B, T] = inputs.shape;
  if (share >= 1 || T < 2) return inputs;
  const guesses = unrecorded(() => logits().argMax<tf.Tensor2D>(2)); // (B, T), each of the input that follows
  const guessed = tf.concat([inputs.slice([0, 0], [B, 1]), guesses.slice([0, 0], [B, T - 1]).toInt()], 1);
  const random = new Stream(fold(key, place));
  const own = Uint8Array.from({ length: B * T }, () => (random.uniform() < share ? 1 : 0));
  return tf.where(tf.tensor2d(own, [B, T], 'bool'), inputs, guessed);
}

/** The mean loss where a share of each target's probability is spread evenly over all tokens. logits (B, T, V) */
export function smoothedLoss(logits: tf.Tensor3D, targets: tf.Tensor2D, share: number): tf.Scalar {
  const logProbabilities = tf.logSoftmax(logits);
  const wanted = tf
    .oneHot(targets, logits.shape[2])
    .mul(1 - share)
    .add(share / logits.shape[2]); // (B, T, V)
  return meanOfCounted(logProbabilities.mul(wanted).sum<tf.Tensor2D>(2).neg(), targets);
}

/** The coverage loss (See et al. 2017): how much each token looked where others had before, on average. */
export function coveredTwice(looks: readonly Attended[], targets: tf.Tensor2D): tf.Scalar {
  const losses = looks.map(({ repeated }) => meanOfCounted(repeated!, targets));
  return tf.addN(losses).div(losses.length);
}

/** values (B, T): the mean of those whose target is not negative. */
function meanOfCounted(values: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  const counted = targets.greaterEqual(0).toFloat();
  return values.mul(counted).sum().div(counted.sum().maximum(1));
}
