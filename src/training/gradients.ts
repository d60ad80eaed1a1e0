// The gradients of a loss, by tfjs's operations on a tape of our own and a reverse pass of our own.
import * as tf from '#tfjs';
import { walkBack } from '../ops/reverse.ts';
import { Tape } from '../ops/tape.ts';

/**
 * Returns what `compute` gives, and its gradient with respect to each parameter; it must depend on all of them. `onGradient` is
 * called with each of them as soon as it is there, which is before the reverse pass has come to what lies below.
 */
export function lossAndGradients(
  compute: () => tf.Scalar,
  parameters: ReadonlyMap<string, tf.Variable>,
  onGradient?: (name: string, gradient: tf.Tensor) => void,
): { loss: tf.Scalar; gradients: Map<string, tf.Tensor> } {
  const tape = new Tape(Array.from(parameters.values(), ({ id }) => id));
  const names = onGradient && new Map(Array.from(parameters, ([name, { id }]) => [id, name]));
  const onFinal = onGradient && ((id: number, gradient: tf.Tensor) => onGradient(names!.get(id)!, gradient));
  try {
    // The tidy is for what an error leaves behind; it does not look into maps.
    const [loss, ...ordered] = tf.tidy((): [tf.Scalar, ...tf.Tensor[]] => {
      const loss = tape.record(compute);
      const gradients = walkBack(tape, loss, tf.ones(loss.shape), onFinal);
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
