// How an op reaches the backend's own kernel. The contract of a kernel pair named X:
//   X(inputs, constants, attrs)                     → [y, ...residuals]
//   XGrad(dy, inputs, constants, r0, r1…, attrs)    → the gradient of each input, in the inputs' order
// A backend that has X must have XGrad. Constants (token ids, targets) get no gradient. A gradient that needs y takes it
// as a residual, sharing its memory. attrs.wanted names the inputs whose gradients are wanted, for the others may be frozen:
// XGrad returns theirs alone, or, where that saves nothing, every input's. It is handed the inputs that those need, and
// variables, which live anyway, so that no other is held for it.
import * as tf from '#tfjs';
import { Tape } from './tape.ts';

type Tensors = Record<string, tf.Tensor>;
type Attributes = Record<string, number | boolean | string | number[] | string[]>;

export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/** Whether what runs now is recorded, so that a gradient can be taken of it. */
export function gradientWanted(): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}

/** The names of the inputs whose gradients will be asked for; none where what runs now is not recorded. */
export function wantedGradients(inputs: Tensors): string[] {
  if (!gradientWanted()) return [];
  const { activeTape } = tf.engine().state;
  return activeTape instanceof Tape ? activeTape.movingInputs(inputs) : Object.keys(inputs);
}

let invariant = false;

/**
 * While `work` runs, ops that have a kernel are batch-invariant where the backend can be: what they compute of a row is,
 * to the bit, what they compute of it alone.
 */
export function batchInvariant<R>(work: () => R): R {
  const before = invariant;
  invariant = true;
  try {
    return work();
  } finally {
    invariant = before;
  }
}

/** What a kernel whose sums could depend on the number of rows is told. */
export function invariance(): { batchInvariant: boolean } {
  return { batchInvariant: invariant };
}

export function runKernel(name: string, inputs: Tensors, attributes: Attributes = {}): tf.Tensor[] {
  const result: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(name, inputs, attributes);
  return Array.isArray(result) ? result : [result];
}

/** By the name of an input: the inputs that its gradient is computed from. One that is not listed needs all of them. */
export type Needs = Readonly<Record<string, readonly string[]>>;

/** Runs the kernel `name` with its gradient where the backend has it, and `compose` elsewhere. */
export function kernelOr<T extends tf.Tensor>(
  name: string,
  inputs: Tensors,
  constants: Tensors,
  attributes: Attributes,
  compose: () => T,
  needs: Needs = {},
): T {
  if (!hasKernel(name)) return tf.tidy(compose);
  const wanted = wantedGradients(inputs);
  if (wanted.length > 0) return recorded(name, inputs, constants, { ...attributes, wanted }, needs) as T;
  const [value, ...residuals] = runKernel(name, { ...inputs, ...constants }, attributes);
  tf.dispose(residuals);
  return value as T;
}

/** What tf.customGrad does, without a copy's tensor for each residual and variable and a kernel's run for each other. */
function recorded(
  name: string,
  inputs: Tensors,
  constants: Tensors,
  attributes: Attributes & { wanted: string[] },
  needs: Needs,
): tf.Tensor {
  const { wanted } = attributes;
  const needed = new Set(wanted.flatMap((input) => needs[input] ?? Object.keys(inputs)));
  const [value, ...residuals] = unrecorded(() => runKernel(name, { ...inputs, ...constants }, attributes));
  // What the gradient is handed, and all of it but variables, which outlive the tape, ends with the tape.
  const kept: Tensors = {};
  for (const [key, tensor] of Object.entries({ ...inputs, ...constants }))
    if (tensor instanceof tf.Variable) kept[key] = tensor;
    else if (needed.has(key) || key in constants) kept[key] = sharing(tensor);
  for (const [i, residual] of residuals.entries()) kept[`r${i}`] = tf.keep(residual);
  const saved = Object.values(kept).filter((tensor) => !(tensor instanceof tf.Variable));
  const { state } = tf.engine();
  state.activeTape.push({
    id: state.nextTapeNodeId++,
    kernelName: name,
    inputs,
    outputs: [value!],
    saved,
    gradient: ([dy]) => {
      const gradients = runKernel(`${name}Grad`, { dy: dy!, ...kept }, attributes);
      const all = Object.keys(inputs);
      const names = gradients.length === all.length ? all : wanted;
      return Object.fromEntries(names.map((key, i) => [key, () => gradients[i]!]));
    },
  });
  return value!;
}

/** What runs in it is not recorded: no gradient is taken of it. */
export function unrecorded<R>(run: () => R): R {
  const { state } = tf.engine();
  state.kernelDepth++;
  try {
    return run();
  } finally {
    state.kernelDepth--;
  }
}

/** Another tensor of the same memory, that no tidy disposes of. */
export function sharing(tensor: tf.Tensor): tf.Tensor {
  const engine = tf.engine();
  engine.state.tensorInfo.get(tensor.dataId)!.backend.incRef(tensor.dataId);
  return tf.keep(engine.makeTensorFromTensorInfo(tensor));
}
