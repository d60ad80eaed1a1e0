// CTC beside attention (Watanabe et al. 2017): an output layer on the encoder's states, in training and in writing.
import * as tf from '#tfjs';
import type { Head } from '../../layers/index.ts';
import { ctcLoss } from '../../ops/index.ts';
import type { BesideDecoder, PaddedPairs, PaddedTexts } from '../pair-model.ts';

/** The loss of the targets without their ends. states (B, S, C) */
export function ctcBeside(head: Head, states: tf.Tensor3D, { sources, targets }: PaddedPairs): tf.Scalar {
  const logits = head.apply(states) as tf.Tensor3D; // (B, S, V + 1): the blank is the last
  const lengths = targets.greaterEqual(0).sum<tf.Tensor1D>(1).sub<tf.Tensor1D>(tf.scalar(1, 'int32'));
  return ctcLoss(logits, sources.lengths, targets, lengths, { blank: logits.shape[2] - 1 });
}

export function besideDecoder(
  head: Head,
  weight: number,
  statesOf: (sources: PaddedTexts) => tf.Tensor3D,
): BesideDecoder {
  const logits = (sources: PaddedTexts) => head.apply(statesOf(sources)) as tf.Tensor3D;
  return { weight, logProbabilities: (sources) => tf.tidy(() => tf.logSoftmax(logits(sources))) };
}
