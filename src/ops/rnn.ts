// rnn: one layer with tanh (Elman 1990) over a whole sequence. x (B, T, I), input (I, H), recurrent (H, H), bias (H) → (B, T, H)
// rnnFrom: one layer that goes on from a given state, and returns the state after it; no gradient.
import * as tf from '#tfjs';
import { hasKernel, invariance, kernelOr, runKernel } from './kernel.ts';
import {
  type RecurrentState,
  type RecurrentWeights,
  recurrentSizes,
  unroll,
  zeroHidden,
} from './recurrent.ts';

/** Starts from zeros. */
export function rnn(x: tf.Tensor3D, weights: RecurrentWeights): tf.Tensor3D {
  const { B, H } = recurrentSizes('rnn', 1, x, weights);
  const { input, recurrent, bias } = weights;
  const inputs = { x, input, recurrent, bias };
  return kernelOr('Rnn', inputs, {}, {}, () => compose(x, weights, zeroHidden(B!, H!)).outputs);
}

/** Kernel RnnFrom: (x, weights, hidden) → [outputs, hidden] */
export function rnnFrom(
  x: tf.Tensor3D,
  weights: RecurrentWeights,
  state: RecurrentState,
): { outputs: tf.Tensor3D; state: RecurrentState } {
  recurrentSizes('rnnFrom', 1, x, weights, { hidden: [state.hidden, 'B H'] });
  if (!hasKernel('RnnFrom')) return tf.tidy(() => compose(x, weights, state));
  const { input, recurrent, bias } = weights;
  const inputs = { x, input, recurrent, bias, hidden: state.hidden };
  const [outputs, hidden] = runKernel('RnnFrom', inputs, invariance());
  return { outputs, state: { hidden } } as { outputs: tf.Tensor3D; state: RecurrentState };
}

function compose(x: tf.Tensor3D, weights: RecurrentWeights, start: RecurrentState) {
  return unroll(x, weights, start, (fromInput, fromHidden) => ({
    hidden: fromInput.add(fromHidden).tanh() as tf.Tensor2D,
  }));
}
