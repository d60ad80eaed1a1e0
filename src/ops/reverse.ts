// The reverse pass over a tape. tfjs's keeps every saved activation and every gradient until its end; this one frees each as
// soon as it has been used, so memory falls as the pass goes back.
import * as tf from '#tfjs';
import { hasKernel, runKernel } from './kernel.ts';
import type { Tape, TapeNode } from './tape.ts';

/** Gradients by the id of the tensor that they belong to. */
type Gradients = Map<number, tf.Tensor>;

/**
 * From the gradient of `output`, which is given up, those of all that it was computed from and that the tape does not compute.
 * `onFinal` is called with each of the latter as soon as nothing more will be added to it.
 */
export function walkBack(
  tape: Tape,
  output: tf.Tensor,
  gradient: tf.Tensor,
  onFinal?: (id: number, gradient: tf.Tensor) => void,
): Gradients {
  const gradients: Gradients = new Map([[output.id, gradient]]);
  const final = onFinal && firstUses(tape);
  for (const node of tape.toReversed()) {
    const outputGradients = node.outputs.map(({ id }) => gradients.get(id));
    for (const { id } of node.outputs) gradients.delete(id);
    if (outputGradients.some((gradient) => gradient !== undefined)) {
      const inputs = tape.movingInputs(node.inputs);
      for (const [i, gradient] of inputGradients(node, inputs, outputGradients).entries()) {
        const { id } = node.inputs[inputs[i]!]!;
        const sum = gradients.get(id);
        gradients.set(id, sum ? accumulate(sum, gradient) : gradient);
      }
    }
    for (const gradient of [...outputGradients, ...node.saved!]) gradient?.dispose();
    for (const id of final?.get(node) ?? []) {
      const gradient = gradients.get(id);
      if (gradient) onFinal?.(id, gradient);
    }
  }
  return gradients;
}

/** By the first node that uses them, which the reverse pass comes to last: the ids of what the tape does not compute. */
function firstUses(tape: Tape): Map<TapeNode, number[]> {
  const seen = new Set<number>();
  const uses = new Map<TapeNode, number[]>();
  for (const node of tape) {
    const ids = tape.movingInputs(node.inputs).map((name) => node.inputs[name]!.id);
    uses.set(
      node,
      [...new Set(ids)].filter((id) => !seen.has(id)),
    );
    for (const { id } of [...Object.values(node.inputs), ...node.outputs]) seen.add(id);
  }
  return uses;
}

/** Adds `term` to `sum`, in the memory of `sum` where the backend can. Both are given up for the result. */
export function accumulate<T extends tf.Tensor>(sum: T, term: T): T {
  const inPlace = hasKernel('AccumulateInto') && tf.backend().refCount(sum.dataId) === 1;
  if (inPlace) runKernel('AccumulateInto', { into: sum, from: term });
  const total = inPlace ? sum : tf.add<T>(sum, term);
  tf.dispose(inPlace ? term : [sum, term]);
  return total;
}

function inputGradients(
  node: TapeNode,
  inputs: string[],
  outputGradients: (tf.Tensor | undefined)[],
): tf.Tensor[] {
  return tf.tidy(() => {
    if (!node.gradient) throw new Error(`${node.kernelName} has no gradient`);
    // tfjs puts zeros where an output's gradient is missing.
    const thunks = node.gradient(outputGradients as tf.Tensor[]);
    const taken = new Set([...outputGradients, ...node.saved!]);
    return inputs.map((name) => {
      const gradient = thunks[name]?.();
      const { shape } = node.inputs[name]!;
      if (gradient?.dtype !== 'float32' || !tf.util.arraysEqual(gradient.shape, shape)) {
        const came = gradient ? `${gradient.dtype} of shape (${gradient.shape})` : 'nothing';
        throw new Error(
          `${node.kernelName}: expected the gradient of ${name} as float32 of shape (${shape}), but got ${came}`,
        );
      }
      // The result must be ours to dispose of: neither an output's gradient, nor another input's, nor one that is kept elsewhere.
      if (gradient.kept || taken.has(gradient)) return gradient.clone();
      taken.add(gradient);
      return gradient;
    });
  });
}
