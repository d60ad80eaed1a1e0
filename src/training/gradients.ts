// The gradients of a loss, by tfjs's tape and a reverse pass of our own. tfjs's keeps every saved activation and every
// gradient until its end; this one frees each as soon as it has been used, so memory falls as the pass goes back.
import * as tf from '#tfjs';
import { hasKernel, runKernel } from '../ops/kernel.ts';

type Tape = ReturnType<typeof tf.engine>['state']['activeTape'];
type TapeNode = Tape[number];
/** Gradients by the id of the tensor that they belong to. */
type Gradients = Map<number, tf.Tensor>;

/** Returns what `compute` gives, and its gradient with respect to each parameter; it must depend on all of them. */
export function lossAndGradients(
  compute: () => tf.Scalar,
  parameters: ReadonlyMap<string, tf.Variable>,
): { loss: tf.Scalar; gradients: Map<string, tf.Tensor> } {
  const tape: Tape = [];
  try {
    // The tidy is for what an error leaves behind; it does not look into maps.
    const [loss, ...ordered] = tf.tidy((): [tf.Scalar, ...tf.Tensor[]] => {
      const loss = record(tape, compute);
      const gradients = walkBack(tape, loss, parameters);
      return [loss, ...[...parameters].map(([name, { id }]) => gradients.get(id) ?? noPath(name))];
    });
    return { loss, gradients: new Map([...parameters.keys()].map((name, i) => [name, ordered[i]!])) };
  } finally {
    for (const { saved } of tape) tf.dispose(saved!); // no tidy disposes these
  }
}

/** Adds `term` to `sum`, in the memory of `sum` where the backend can. Both are given up for the result. */
export function accumulate<T extends tf.Tensor>(sum: T, term: T): T {
  const inPlace = hasKernel('AccumulateInto') && tf.backend().refCount(sum.dataId) === 1;
  if (inPlace) runKernel('AccumulateInto', { into: sum, from: term });
  const total = inPlace ? sum : tf.add<T>(sum, term);
  tf.dispose(inPlace ? term : [sum, term]);
  return total;
}

/** Runs `compute` with a tape. Only the result and the tensors that gradients need outlive it. */
function record(tape: Tape, compute: () => tf.Scalar): tf.Scalar {
  const { state } = tf.engine();
  const before = state.activeTape;
  state.activeTape = tape;
  state.gradientDepth++;
  try {
    return tf.tidy(compute);
  } finally {
    state.gradientDepth--;
    state.activeTape = before;
  }
}

function walkBack(tape: Tape, loss: tf.Scalar, parameters: ReadonlyMap<string, tf.Variable>): Gradients {
  const moving = dependents(tape, parameters.values());
  const gradients: Gradients = new Map([[loss.id, tf.ones(loss.shape)]]);
  for (const node of tape.toReversed()) {
    const outputGradients = node.outputs.map(({ id }) => gradients.get(id));
    for (const { id } of node.outputs) gradients.delete(id);
    const inputs = Object.keys(node.inputs).filter((name) => moving.has(node.inputs[name]!.id));
    if (inputs.length > 0 && outputGradients.some((gradient) => gradient !== undefined)) {
      for (const [i, gradient] of inputGradients(node, inputs, outputGradients).entries()) {
        const { id } = node.inputs[inputs[i]!]!;
        const sum = gradients.get(id);
        gradients.set(id, sum ? accumulate(sum, gradient) : gradient);
      }
    }
    for (const gradient of [...outputGradients, ...node.saved!]) gradient?.dispose();
  }
  return gradients;
}

/** The ids of the parameters and of all that is computed from them. */
function dependents(tape: Tape, parameters: Iterable<tf.Variable>): Set<number> {
  const ids = new Set(Array.from(parameters, ({ id }) => id));
  for (const { inputs, outputs } of tape)
    if (Object.values(inputs).some(({ id }) => ids.has(id))) for (const { id } of outputs) ids.add(id);
  return ids;
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

function noPath(name: string): never {
  throw new Error(`the loss does not depend on ${name}`);
}
