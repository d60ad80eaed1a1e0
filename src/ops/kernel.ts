// How an op reaches the backend's own kernel. The contract of a kernel pair named X:
//   X(inputs, constants, attrs)                     → [y, ...residuals]
//   XGrad(dy, inputs, constants, r0, r1…, attrs)    → the gradient of each input, in the inputs' order
// A backend that has X must have XGrad. Constants (token ids, targets) get no gradient. A gradient that needs y takes it
// as a residual, sharing its memory. One that needs no input is handed none, so that none is held for it.
import * as tf from '#tfjs';

type Tensors = Record<string, tf.Tensor>;
type Attributes = Record<string, number | boolean | string | number[]>;

export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/** Whether what runs now is recorded, so that a gradient can be taken of it. */
export function gradientWanted(): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
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

/** What a kernel's gradient is handed of its inputs. */
interface Needs {
  inputs: boolean;
}

/** Runs the kernel `name` with its gradient where the backend has it, and `compose` elsewhere. */
export function kernelOr<T extends tf.Tensor>(
  name: string,
  inputs: Tensors,
  constants: Tensors,
  attributes: Attributes,
  compose: () => T,
  needs: Needs = { inputs: true },
): T {
  if (!hasKernel(name)) return tf.tidy(compose);
  if (!gradientWanted()) {
    const [value, ...residuals] = runKernel(name, { ...inputs, ...constants }, attributes);
    tf.dispose(residuals);
    return value as T;
  }
  return recorded(name, inputs, constants, attributes, needs) as T;
}

/** What tf.customGrad does, without a copy's tensor for each residual and variable and a kernel's run for each other. */
function recorded(
  name: string,
  inputs: Tensors,
  constants: Tensors,
  attributes: Attributes,
  needs: Needs,
): tf.Tensor {
  const given = needs.inputs ? { ...inputs, ...constants } : constants;
  const [value, ...residuals] = unrecorded(() => runKernel(name, { ...inputs, ...constants }, attributes));
  // What the gradient is handed, and all of it but variables, which outlive the tape, ends with the tape.
  const kept: Tensors = {};
  for (const [key, tensor] of Object.entries(given))
    kept[key] = tensor instanceof tf.Variable ? tensor : sharing(tensor);
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
      return Object.fromEntries(Object.keys(inputs).map((key, i) => [key, () => gradients[i]!]));
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
function sharing(tensor: tf.Tensor): tf.Tensor {
  const engine = tf.engine();
  engine.state.tensorInfo.get(tensor.dataId)!.backend.incRef(tensor.dataId);
  return tf.keep(engine.makeTensorFromTensorInfo(tensor));
}
