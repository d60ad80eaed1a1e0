// lstm: one layer over a whole sequence. x (B, T, I), input (I, 4H), recurrent (H, 4H), bias (4H) → (B, T, H)
// The gates stand in PyTorch's order: input, forget, cell, output. Peepholes (Gers & Schmidhuber 2000) let the input and the
// forget gate see the cell before a step, and the output gate the cell after it.
// lstmFrom: one layer that goes on from a given state, and returns the state after it; no gradient.
import * as tf from '#tfjs';
import { hasKernel, invariance, kernelOr, runKernel } from './kernel.ts';
import { type RecurrentState, type RecurrentWeights, recurrentSizes, unroll } from './recurrent.ts';

export interface LstmWeights extends RecurrentWeights {
  /** (3H), one for each unit and gate: input, forget, output. */
  peepholes?: tf.Tensor1D | undefined;
}

/** Hidden and cell, each (B, H). */
export type LstmState = RecurrentState & { cell: tf.Tensor2D };

/** Starts from zeros. */
export function lstm(x: tf.Tensor3D, weights: LstmWeights): tf.Tensor3D {
  const { B, H } = checkSizes('lstm', x, weights);
  const inputs = { x, ...given(weights) };
  return kernelOr('Lstm', inputs, {}, {}, () => compose(x, weights, zeroState(B!, H!)).outputs);
}

/** Kernel LstmFrom: (x, weights, hidden, cell) → [outputs, hidden, cell] */
export function lstmFrom(
  x: tf.Tensor3D,
  weights: LstmWeights,
  state: LstmState,
): { outputs: tf.Tensor3D; state: LstmState } {
  checkSizes('lstmFrom', x, weights, state);
  if (!hasKernel('LstmFrom')) return tf.tidy(() => compose(x, weights, state));
  const inputs = { x, ...given(weights), ...state };
  const [outputs, hidden, cell] = runKernel('LstmFrom', inputs, invariance());
  return { outputs, state: { hidden, cell } } as { outputs: tf.Tensor3D; state: LstmState };
}

/** The state before a text: zeros, (B, H) twice. */
export function zeroState(batch: number, width: number): LstmState {
  return { hidden: tf.zeros([batch, width]), cell: tf.zeros([batch, width]) };
}

function given({ peepholes, ...matrices }: LstmWeights) {
  return { ...matrices, ...(peepholes && { peepholes }) };
}

function checkSizes(op: string, x: tf.Tensor3D, weights: LstmWeights, state?: LstmState) {
  const { peepholes } = weights;
  const sizes = recurrentSizes(op, 4, x, weights, {
    ...(peepholes && { peepholes: [peepholes, 'P'] as const }),
    ...(state && { hidden: [state.hidden, 'B H'] as const, cell: [state.cell, 'B H'] as const }),
  });
  if (peepholes && sizes.P !== 3 * sizes.H!)
    throw new Error(`${op}: expected three peepholes of ${sizes.H}, but got ${sizes.P}`);
  return sizes;
}

function compose(x: tf.Tensor3D, weights: LstmWeights, start: LstmState) {
  const seen = weights.peepholes && tf.split(weights.peepholes, 3);
  /** A gate's pre-activation, with what it sees of the cells. */
  const seeing = (gate: tf.Tensor2D, peephole: number, cells: tf.Tensor2D) =>
    seen ? gate.add(cells.mul(seen[peephole]!)) : gate;
  return unroll(x, weights, start, (fromInput, fromHidden, before) => {
    const [i, f, g, o] = tf.split(fromInput.add(fromHidden), 4, 1) as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
    ];
    const [input, forget] = [seeing(i, 0, before.cell), seeing(f, 1, before.cell)];
    const cell: tf.Tensor2D = forget.sigmoid().mul(before.cell).add(input.sigmoid().mul(g.tanh()));
    return { hidden: seeing(o, 2, cell).sigmoid().mul(cell.tanh()), cell };
  });
}
