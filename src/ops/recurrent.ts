// What the ops of recurrent layers share: their weights, the check of their sizes, and the composition over time.
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { linear } from './linear.ts';
import { stepsOf } from './sequences.ts';

/** G pre-activations of each of H units, side by side: input (I, G · H), recurrent (H, G · H), bias (G · H). */
export interface RecurrentWeights {
  input: tf.Tensor2D;
  recurrent: tf.Tensor2D;
  bias: tf.Tensor1D;
}

/** What a layer carries from one step to the next: at least its hidden values, (B, H). */
export type RecurrentState = { hidden: tf.Tensor2D };

/** A state before any text: zeros, (B, H). */
export function zeroHidden(batch: number, width: number): RecurrentState {
  return { hidden: tf.zeros([batch, width]) };
}

const COUNT_WORDS: Readonly<Record<number, string>> = { 1: 'one gate', 3: 'three gates', 4: 'four gates' };

/** Sizes by letter: B, T, I, H and G, all gates' columns. `more` are further arrays, by their patterns. */
export function recurrentSizes(
  op: string,
  gates: number,
  x: tf.Tensor3D,
  { input, recurrent, bias }: RecurrentWeights,
  more: Parameters<typeof dims>[1] = {},
) {
  const sizes = dims(op, {
    x: [x, 'B T I'],
    recurrent: [recurrent, 'H G'],
    input: [input, 'I G'],
    bias: [bias, 'G'],
    ...more,
  });
  if (sizes.G !== gates * sizes.H!)
    throw new Error(`${op}: expected ${COUNT_WORDS[gates]} of ${sizes.H}, but got ${sizes.G}`);
  return sizes;
}

/** The state after a step, from the parts that the input and the hidden values before it have in the gates, (B, G) each. */
type Step<State> = (fromInput: tf.Tensor2D, fromHidden: tf.Tensor2D, before: State) => State;

/** Takes one step after another. */
export function unroll<State extends RecurrentState>(
  x: tf.Tensor3D,
  { input, recurrent, bias }: RecurrentWeights,
  start: State,
  step: Step<State>,
): { outputs: tf.Tensor3D; state: State } {
  const fromInput = linear(x, input, bias);
  let state = start;
  const outputs: tf.Tensor2D[] = [];
  for (const part of stepsOf(fromInput)) {
    state = step(part, tf.matMul(state.hidden, recurrent), state);
    outputs.push(state.hidden);
  }
  return { outputs: tf.stack(outputs, 1) as tf.Tensor3D, state };
}
