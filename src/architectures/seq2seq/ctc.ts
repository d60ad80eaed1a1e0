// CTC beside attention (Watanabe et al. 2017): an output layer on the encoder's states, in training and in writing.
import * as tf from '#tfjs';
import type { Head } from '../../layers/index.ts';
import { ctcLoss } from '../../ops/index.ts';
import type { PaddedPairs } from '../pair-model.ts';

/** The loss of the targets without their ends. states (B, S, C) */
export function ctcBeside(head: Head, states: tf.Tensor3D, { sources, targets }: PaddedPairs): tf.Scalar {
  const logits = head.apply(states) as tf.Tensor3D; // (B, S, V + 1): the blank is the last
  const lengths = targets.greaterEqual(0).sum<tf.Tensor1D>(1).sub<tf.Tensor1D>(tf.scalar(1, 'int32'));
  return ctcLoss(logits, sources.lengths, targets, lengths, { blank: logits.shape[2] - 1 });
}

/** What CTC says at each of the states, (B, S, C) → (B, S, V + 1) */
export function ctcLogProbabilities(head: Head, states: tf.Tensor3D): tf.Tensor3D {
  return tf.logSoftmax(head.apply(states) as tf.Tensor3D);
}
