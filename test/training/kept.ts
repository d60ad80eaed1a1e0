// What a forward pass leaves for the backward pass.
import * as tf from '#tfjs';
import { Tape } from '../../src/ops/tape.ts';

/** The bytes that outlive the loss's computation, for the gradients of these variables. */
export function keptFor(loss: () => tf.Scalar, trained: ReadonlyMap<string, tf.Variable>): number {
  const before = tf.memory().numBytes;
  const tape = new Tape(Array.from(trained.values(), ({ id }) => id));
  const value = tape.record(loss);
  const kept = tf.memory().numBytes - before;
  tape.release();
  value.dispose();
  return kept;
}
