// Texts that are shorter than the array they stand in: each turned around in its place, and its last position.
import * as tf from '#tfjs';
import { embedding } from '../../ops/index.ts';

/** x (B, S, C): the first `lengths` of each row in the opposite order; the padding stays. Twice is once not. */
export function reversedWithin(x: tf.Tensor3D, lengths: tf.Tensor1D): tf.Tensor3D {
  const [B, S, C] = x.shape;
  const at = tf.range(0, S, 1, 'int32').expandDims(0); // (1, S)
  const ends = lengths.expandDims(1); // (B, 1)
  const from = tf.where(at.less(ends), ends.sub(1).sub(at), at.tile([B, 1])); // (B, S)
  const rows = tf.range(0, B, 1, 'int32').mul(tf.scalar(S, 'int32')).expandDims(1);
  return rowsOf(x, from.add(rows).toInt()).reshape([B, S, C]);
}

/** x (B, S, C) → the last of each row's positions, (B, C) */
export function lastWithin(x: tf.Tensor3D, lengths: tf.Tensor1D): tf.Tensor2D {
  const [B, S, C] = x.shape;
  const rows = tf.range(0, B, 1, 'int32').mul(tf.scalar(S, 'int32'));
  return rowsOf(x, rows.add(lengths.sub(1)).toInt()).reshape([B, C]);
}

/** (B, S): whether a position is one of its row's own. */
export function isWithin(lengths: tf.Tensor1D, S: number): tf.Tensor2D {
  return tf.range(0, S, 1, 'int32').expandDims<tf.Tensor2D>(0).less(lengths.expandDims(1));
}

/** x (B, S, C) → the mean of each row's positions, (B, C) */
export function meanWithin(x: tf.Tensor3D, lengths: tf.Tensor1D): tf.Tensor2D {
  const [B, S] = x.shape;
  const counts = isWithin(lengths, S).toFloat();
  return x
    .mul(counts.reshape([B, S, 1]))
    .sum<tf.Tensor2D>(1)
    .div(lengths.toFloat().expandDims(1));
}

/** Positions picked by number, with a gradient: what `embedding` does with a table's rows. */
function rowsOf(x: tf.Tensor3D, numbers: tf.Tensor): tf.Tensor {
  const [B, S, C] = x.shape;
  return embedding(x.reshape([B * S, C]), numbers);
}
