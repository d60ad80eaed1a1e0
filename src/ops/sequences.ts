// What ops over sequences of different lengths share: their steps, which of these count, and the log-probability of what
// cannot be.
import * as tf from '#tfjs';

/** The logarithm of no probability: its exponential is 0, and sums over thousands of steps are still numbers in float32. */
export const IMPOSSIBLE = -1e30;

/** x (B, T, K) → T of (B, K). tfjs cannot take the gradient of an unstack into one. */
export function stepsOf(x: tf.Tensor): tf.Tensor2D[] {
  return (x.shape[1] === 1 ? [x.squeeze([1])] : tf.unstack(x, 1)) as tf.Tensor2D[];
}

/** lengths (B) → (B, T): whether a step is within its row. */
export function counted(lengths: tf.Tensor1D, T: number): tf.Tensor2D {
  return tf.range(0, T, 1, 'int32').less(lengths.expandDims(1));
}

/** lengths (B) → (B, T): 1 at each row's last step, and nowhere in a row without steps. */
export function lastOf(lengths: tf.Tensor1D, T: number): tf.Tensor2D {
  return tf
    .range(0, T, 1, 'int32')
    .equal(lengths.expandDims(1).sub(tf.scalar(1, 'int32')))
    .cast('float32');
}

/** How a path begins, goes on from one step to the next, and ends, in logarithms. */
interface Paths {
  /** Broadcasts to (B, S). */
  begins: tf.Tensor;
  /** ln Σ exp over the states that each is reached from: (B, S) → (B, S) */
  advance: (states: tf.Tensor2D) => tf.Tensor;
  /** Broadcasts to (B, S). */
  ends: tf.Tensor;
}

/**
 * The forward algorithm: of each row, ln Σ exp over all paths through the states of emitted (B, T, S), and 0 for a row
 * without steps. After each step the largest is taken from all and kept beside, so that long sums lose no digits.
 */
export function forward(
  emitted: tf.Tensor,
  lengths: tf.Tensor1D,
  { begins, advance, ends }: Paths,
): tf.Tensor1D {
  const [states, largest]: [tf.Tensor2D[], tf.Tensor2D[]] = [[], []];
  for (const [t, step] of stepsOf(emitted).entries()) {
    const reached = step.add(t === 0 ? begins : advance(states[t - 1]!));
    largest.push(reached.max(1, true)); // (B, 1)
    states.push(reached.sub(largest[t]!));
  }
  const T = states.length;
  const last = tf.stack(states, 1).mul(lastOf(lengths, T).expandDims(2)).sum(1); // (B, S)
  const kept = tf.concat(largest, 1).mul(counted(lengths, T)).sum(1); // (B)
  return last.add(ends).logSumExp(1).add(kept).mul(lengths.greater(0));
}

/** ids (…) → (…, K), also for K of 1, which tfjs refuses: there any id is the only one. */
export function oneHot(ids: tf.Tensor, K: number): tf.Tensor {
  return K === 1 ? tf.ones([...ids.shape, 1]) : tf.oneHot(ids, K, 1, 0, 'float32');
}

/** The numbers of a tensor where they are at hand: a GPU would have to be waited for. */
export function atHand(tensor: tf.Tensor): ArrayLike<number> | undefined {
  return tf.backend() instanceof tf.MathBackendCPU ? tensor.dataSync() : undefined;
}

/** Throws where it is known that a row's length is not one from 0 to `most`. */
export function checkLengths(op: string, lengths: tf.Tensor1D, most: number): void {
  const wrong = Array.from(atHand(lengths) ?? []).find((length) => length < 0 || length > most);
  if (wrong !== undefined) throw new Error(`${op}: expected lengths from 0 to ${most}, but got ${wrong}`);
}

/** Throws where it is known that an id (B, T) within its row's length is not below K. */
export function checkIds(op: string, what: string, ids: tf.Tensor2D, lengths: tf.Tensor1D, K: number): void {
  const [numbers, ends] = [atHand(ids), atHand(lengths)];
  if (!numbers || !ends) return;
  const T = ids.shape[1];
  const wrong = Array.from(numbers).find((id, i) => i % T < ends[Math.floor(i / T)]! && (id < 0 || id >= K));
  if (wrong !== undefined) throw new Error(`${op}: expected ${what} below ${K}, but got ${wrong}`);
}
