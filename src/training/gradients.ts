// The gradients of a loss, by tfjs's operations on a tape of our own and a reverse pass of our own.
import * as tf from '#tfjs';
import { walkBack } from '../ops/reverse.ts';
import { Tape } from '../ops/tape.ts';

/** Returns what `compute` gives, and its gradient with respect to each parameter; it must depend on all of them. */
export function lossAndGradients(
  compute: () => tf.Scalar,
  parameters: ReadonlyMap<string, tf.Variable>,
): { loss: tf.Scalar; gradients: Map<string, tf.Tensor> } {
  const tape = new Tape(Array.from(parameters.values(), ({ id }) => id));
  try {
    // The tidy is for what an error leaves behind; it does not look into maps.
    const [loss, ...ordered] = tf.tidy((): [tf.Scalar, ...tf.Tensor[]] => {
      const loss = tape.record(compute);
      const gradients = walkBack(tape, loss, tf.ones(loss.shape));
      return [loss, ...[...parameters].map(([name, { id }]) => gradients.get(id) ?? noPath(name))];
    });
    return { loss, gradients: new Map([...parameters.keys()].map((name, i) => [name, ordered[i]!])) };
  } finally {
    tape.release();
  }
}

function noPath(name: string): never {
  throw new Error(`the loss does not depend on ${name}`);
}
