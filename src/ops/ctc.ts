// ctcLoss: connectionist temporal classification (Graves et al. 2006): −ln p(target | logits), a sum over all alignments,
// summed over the sequences and divided by the number of their targets, of which each sequence counts one at least. So it is
// torch.nn.CTCLoss of the log-softmax with reduction 'sum', divided by the sum of the target lengths.
// logits (B, T, V), inputLengths (B), targets (B, U), targetLengths (B) → scalar. What stands after a row's lengths has no
// part in anything. An alignment passes through the states blank, target 1, blank, target 2, …, blank: S = 2U + 1.
// Kernel CtcLoss: attrs { blank }.
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { kernelOr } from './kernel.ts';
import { atHand, checkIds, checkLengths, counted, forward, IMPOSSIBLE, oneHot } from './sequences.ts';

export interface CtcOptions {
  /** The id that stands for no target. */
  blank: number;
}

export function ctcLoss(
  logits: tf.Tensor3D,
  inputLengths: tf.Tensor1D,
  targets: tf.Tensor2D,
  targetLengths: tf.Tensor1D,
  { blank }: CtcOptions,
): tf.Scalar {
  const { V } = dims('ctcLoss', {
    logits: [logits, 'B T V'],
    inputLengths: [inputLengths, 'B', 'int32'],
    targets: [targets, 'B U', 'int32'],
    targetLengths: [targetLengths, 'B', 'int32'],
  });
  if (!(Number.isInteger(blank) && blank >= 0 && blank < V!))
    throw new Error(`ctcLoss: expected a blank below ${V}, but got ${blank}`);
  const constants = { inputLengths, targets, targetLengths };
  return kernelOr('CtcLoss', { logits }, constants, { blank }, () =>
    compose(logits, inputLengths, targets, targetLengths, blank),
  );
}

/** How many steps an input must have for a target: one for each id, and a blank between equal ones. */
export function stepsFor(target: ArrayLike<number>): number {
  let steps = target.length;
  for (let u = 1; u < target.length; u++) if (target[u] === target[u - 1]) steps++;
  return steps;
}

function compose(
  logits: tf.Tensor3D,
  inputLengths: tf.Tensor1D,
  targets: tf.Tensor2D,
  targetLengths: tf.Tensor1D,
  blank: number,
): tf.Scalar {
  const [, T, V] = logits.shape;
  checkLengths('ctcLoss', inputLengths, T);
  checkLengths('ctcLoss', targetLengths, targets.shape[1]);
  checkIds('ctcLoss', 'targets', targets, targetLengths, V);
  checkFit(inputLengths, targets, targetLengths, blank);
  const given = tf.where(counted(inputLengths, T).expandDims(2), logits, 0);
  const ids = stateIds(targets, targetLengths, blank);
  const emitted = tf.matMul(tf.logSoftmax(given), oneHot(ids, V), false, true); // (B, T, S)
  const totals = forward(emitted, inputLengths, {
    begins: beginnings(ids.shape[1]),
    advance: advancing(ids),
    ends: endings(targetLengths, ids.shape[1]),
  });
  const counts = targetLengths.maximum(tf.scalar(1, 'int32'));
  return totals.sum().neg().div(counts.sum());
}

/** Throws where it is known that a target holds the blank, or needs more steps than its input has. */
function checkFit(
  inputLengths: tf.Tensor1D,
  targets: tf.Tensor2D,
  targetLengths: tf.Tensor1D,
  blank: number,
): void {
  const [steps, ids, lengths] = [inputLengths, targets, targetLengths].map(atHand);
  if (!steps || !ids || !lengths) return;
  const U = targets.shape[1];
  for (let b = 0; b < steps.length; b++) {
    const target = Array.from(ids).slice(b * U, b * U + lengths[b]!);
    if (target.includes(blank)) throw new Error(`ctcLoss: expected targets without the blank ${blank}`);
    const needed = stepsFor(target);
    if (needed > steps[b]!)
      throw new Error(
        `ctcLoss: expected an input of at least ${needed} steps for target ${b}, of length ${lengths[b]}, but got ${steps[b]}`,
      );
  }
}

/** (B, S): the id that each state emits; those after a row's target are blanks. */
function stateIds(targets: tf.Tensor2D, targetLengths: tf.Tensor1D, blank: number): tf.Tensor2D {
  const [B, U] = targets.shape;
  const blanks = tf.fill([B, U], blank, 'int32');
  const known = tf.where(counted(targetLengths, U), targets, blanks);
  const pairs = tf.stack([blanks, known], 2).reshape([B, 2 * U]);
  return tf.concat([pairs, blanks.slice([0, 0], [B, 1])], 1) as tf.Tensor2D;
}

/** (S): an alignment begins with a blank or the first target. */
function beginnings(S: number): tf.Tensor {
  return tf.tensor1d(Float32Array.from({ length: S }, (_, s) => (s < 2 ? 0 : IMPOSSIBLE)));
}

/** From a state to itself, to the next, and over a blank, but only one between unlike targets. */
function advancing(ids: tf.Tensor2D) {
  const S = ids.shape[1];
  /** What stands `by` states before. */
  const before = (states: tf.Tensor2D, by: number, first: number): tf.Tensor2D => {
    const padding: [number, number][] = [[0, 0], [by, 0]]; // biome-ignore format: it is short
    return states.slice([0, 0], [-1, S - by]).pad(padding, first);
  };
  const skips = tf.where(ids.notEqual(before(ids, 2, -1)), 0, IMPOSSIBLE);
  return (states: tf.Tensor2D) =>
    tf.stack([states, before(states, 1, IMPOSSIBLE), before(states, 2, IMPOSSIBLE).add(skips)]).logSumExp(0);
}

/** (B, S): 0 at a row's last target and at the blank after it, where alignments end. */
function endings(targetLengths: tf.Tensor1D, S: number): tf.Tensor {
  const blank = targetLengths.expandDims(1).mul(tf.scalar(2, 'int32'));
  const state = tf.range(0, S, 1, 'int32');
  const ends = state.lessEqual(blank).logicalAnd(state.greaterEqual(blank.sub(tf.scalar(1, 'int32'))));
  return tf.where(ends, 0, IMPOSSIBLE);
}
