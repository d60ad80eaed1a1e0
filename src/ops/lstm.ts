// lstm: one layer over a whole sequence. x (B, T, I), input (I, 4H), recurrent (H, 4H), bias (4H) → (B, T, H)
// Gates stand in PyTorch's order: input, forget, cell, output. lstmFrom goes on from a given state; no gradient.
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { hasKernel, invariance, kernelOr, runKernel } from './kernel.ts';
import { linear } from './linear.ts';

export interface LstmWeights {
  input: tf.Tensor2D;
  recurrent: tf.Tensor2D;
  bias: tf.Tensor1D;
}

/** Hidden and cell, each (B, H). */
export interface LstmState {
  hidden: tf.Tensor2D;
  cell: tf.Tensor2D;
}

/** Starts from zeros. */
export function lstm(x: tf.Tensor3D, weights: LstmWeights): tf.Tensor3D {
  const { B, H } = checkSizes('lstm', x, weights);
  return kernelOr('Lstm', { x, ...weights }, {}, {}, () => unroll(x, weights, zeroState(B!, H!)).outputs);
}

/** Kernel LstmFrom: (x, weights, hidden, cell) → [outputs, hidden, cell] */
export function lstmFrom(
  x: tf.Tensor3D,
  weights: LstmWeights,
  state: LstmState,
): { outputs: tf.Tensor3D; state: LstmState } {
  checkSizes('lstmFrom', x, weights, state);
  if (!hasKernel('LstmFrom')) return tf.tidy(() => unroll(x, weights, state));
  const [outputs, hidden, cell] = runKernel('LstmFrom', { x, ...weights, ...state }, invariance());
  return { outputs, state: { hidden, cell } } as { outputs: tf.Tensor3D; state: LstmState };
}

export function zeroState(batch: number, width: number): LstmState {
  return { hidden: tf.zeros([batch, width]), cell: tf.zeros([batch, width]) };
}

function checkSizes(op: string, x: tf.Tensor3D, { input, recurrent, bias }: LstmWeights, state?: LstmState) {
  const sizes = dims(op, {
    x: [x, 'B T I'],
    recurrent: [recurrent, 'H G'],
    input: [input, 'I G'],
    bias: [bias, 'G'],
    ...(state && { hidden: [state.hidden, 'B H'] as const, cell: [state.cell, 'B H'] as const }),
  });
  if (sizes.G !== 4 * sizes.H!)
    throw new Error(`${op}: expected four gates of ${sizes.H}, but got ${sizes.G}`);
  return sizes;
}

function unroll(x: tf.Tensor3D, { input, recurrent, bias }: LstmWeights, start: LstmState) {
  const fromInput = linear(x, input, bias);
  // T of (B, 4H). tfjs cannot take the gradient of an unstack into one.
  const steps = (x.shape[1] === 1 ? [fromInput.squeeze([1])] : tf.unstack(fromInput, 1)) as tf.Tensor2D[];
  let { hidden, cell } = start;
  const outputs: tf.Tensor2D[] = [];
  for (const step of steps) {
    const [i, f, g, o] = tf.split(step.add(tf.matMul(hidden, recurrent)), 4, 1) as tf.Tensor2D[];
    cell = f!.sigmoid().mul(cell).add(i!.sigmoid().mul(g!.tanh()));
    hidden = o!.sigmoid().mul(cell.tanh());
    outputs.push(hidden);
  }
  return { outputs: tf.stack(outputs, 1) as tf.Tensor3D, state: { hidden, cell } };
}
