// recomputed: activation recomputation (Chen et al. 2016). Of what `compute` does nothing is kept but its inputs; the backward
// pass runs it again, with a tape of its own. So `compute` must do the same each time: its randomness comes from keys.
import * as tf from '#tfjs';
import { sharing } from './kernel.ts';
import { walkBack } from './reverse.ts';
import { Tape, type TapeNode } from './tape.ts';

type Inputs = Readonly<Record<string, tf.Tensor | undefined>>;

/** `compute` may read no other tensors than these inputs and variables. Where no tape of ours records, it is just run. */
export function recomputed<I extends Inputs, T extends tf.Tensor>(inputs: I, compute: (inputs: I) => T): T {
  const { state } = tf.engine();
  const { activeTape } = state;
  if (!(activeTape instanceof Tape) || state.kernelDepth > 0) return tf.tidy(() => compute(inputs));
  const inside = new Tape(activeTape.moving);
  const y = inside.record(() => compute(inputs));
  const leaves = leavesOf(inside);
  inside.release();
  const kept: Record<string, tf.Tensor> = {};
  for (const [name, tensor] of Object.entries(inputs)) if (tensor) kept[name] = sharing(tensor);
  activeTape.push({
    id: state.nextTapeNodeId++,
    kernelName: 'Recomputed',
    inputs: leaves,
    outputs: [y],
    saved: Object.values(kept),
    gradient: ([dy]) => {
      const again = withCopies(leaves, inputs, kept);
      const gradients = gradientsAgain(again, () => compute({ ...inputs, ...kept }), dy!);
      return Object.fromEntries(
        Object.entries(again).map(([name, { id }]) => [name, () => gradients.get(id)!]),
      );
    },
  });
  return y;
}

function gradientsAgain(leaves: TapeNode['inputs'], compute: () => tf.Tensor, dy: tf.Tensor) {
  const tape = new Tape(Object.values(leaves).map(({ id }) => id));
  try {
    const y = tape.record(compute);
    const gradients = walkBack(tape, y, dy.clone());
    y.dispose();
    return gradients;
  } finally {
    tape.release();
  }
}

/** What the tape's gradients lead to: tensors that move and that it did not compute. */
function leavesOf(tape: Tape): Record<string, tf.Tensor> {
  const computed = new Set(tape.flatMap(({ outputs }) => outputs.map(({ id }) => id)));
  const leaves: Record<string, tf.Tensor> = {};
  for (const { inputs } of tape)
    for (const tensor of Object.values(inputs))
      if (tape.moving.has(tensor.id) && !computed.has(tensor.id)) leaves[tensor.id] = tensor;
  return leaves;
}

/** The leaves of the second run, in which the inputs are those that were kept. */
function withCopies(
  leaves: TapeNode['inputs'],
  inputs: Inputs,
  kept: TapeNode['inputs'],
): TapeNode['inputs'] {
  const copies = new Map(Object.entries(kept).map(([name, copy]) => [inputs[name]!.id, copy]));
  return Object.fromEntries(
    Object.entries(leaves).map(([key, tensor]) => [key, copies.get(tensor.id) ?? tensor]),
  );
}
