// gru: one layer of gated recurrent units over a whole sequence, by PyTorch's equations.
// x (B, T, I), input (I, 3H), recurrent (H, 3H), bias (3H), recurrentBias (H) → (B, T, H)
// The gates stand in PyTorch's order: reset, update, candidate. The reset gate scales what the hidden values have in the
// candidate, with a bias of its own; in the other gates one bias does for both parts.
// gruFrom: one layer that goes on from a given state, and returns the state after it; no gradient.
import * as tf from '#tfjs';
import { hasKernel, invariance, kernelOr, runKernel } from './kernel.ts';
import {
  type RecurrentState,
  type RecurrentWeights,
  recurrentSizes,
  unroll,
  zeroHidden,
} from './recurrent.ts';

export interface GruWeights extends RecurrentWeights {
  /** (H), of the candidate. */
  recurrentBias: tf.Tensor1D;
}

/** Starts from zeros. */
export function gru(x: tf.Tensor3D, weights: GruWeights): tf.Tensor3D {
  const { B, H } = checkSizes('gru', x, weights);
  const inputs = { x, ...inOrder(weights) };
  return kernelOr('Gru', inputs, {}, {}, () => compose(x, weights, zeroHidden(B!, H!)).outputs);
}

/** Kernel GruFrom: (x, weights, hidden) → [outputs, hidden] */
export function gruFrom(
  x: tf.Tensor3D,
  weights: GruWeights,
  state: RecurrentState,
): { outputs: tf.Tensor3D; state: RecurrentState } {
  checkSizes('gruFrom', x, weights, state);
  if (!hasKernel('GruFrom')) return tf.tidy(() => compose(x, weights, state));
  const inputs = { x, ...inOrder(weights), hidden: state.hidden };
  const [outputs, hidden] = runKernel('GruFrom', inputs, invariance());
  return { outputs, state: { hidden } } as { outputs: tf.Tensor3D; state: RecurrentState };
}

function inOrder({ input, recurrent, bias, recurrentBias }: GruWeights) {
  return { input, recurrent, bias, recurrentBias };
}

function checkSizes(op: string, x: tf.Tensor3D, weights: GruWeights, state?: RecurrentState) {
  return recurrentSizes(op, 3, x, weights, {
    recurrentBias: [weights.recurrentBias, 'H'],
    ...(state && { hidden: [state.hidden, 'B H'] as const }),
  });
}

function compose(x: tf.Tensor3D, weights: GruWeights, start: RecurrentState) {
  return unroll(x, weights, start, (fromInput, fromHidden, { hidden }) => {
    const [inReset, inUpdate, inCandidate] = tf.split(fromInput, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [reset, update, candidate] = tf.split(fromHidden, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const scaled = inReset.add(reset).sigmoid().mul(candidate.add(weights.recurrentBias));
    const n = inCandidate.add(scaled).tanh();
    const z = inUpdate.add(update).sigmoid();
    return { hidden: n.add(z.mul(hidden.sub(n))) as tf.Tensor2D };
  });
}
