// How an op reaches the backend's own kernel. The contract of a kernel pair named X:
//   X(inputs, constants, attrs)                     → [y, ...residuals]
//   XGrad(dy, inputs, constants, r0, r1…, attrs)    → the gradient of each input, in the inputs' order
// A backend that has X must have XGrad. Constants (token ids, targets) get no gradient. A gradient that needs y takes it
// as a residual, sharing its memory.
import * as tf from '@tensorflow/tfjs';

type Tensors = Record<string, tf.Tensor>;
type Attributes = Record<string, number | boolean | string | number[]>;

export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/** Whether what runs now is recorded, so that a gradient can be taken of it. */
export function gradientWanted(): boolean {
  return tf.engine().state.gradientDepth > 0;
}

export function runKernel(name: string, inputs: Tensors, attributes: Attributes = {}): tf.Tensor[] {
  const result: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(name, inputs, attributes);
  return Array.isArray(result) ? result : [result];
}

/** Runs the kernel `name` with its gradient where the backend has it, and `compose` elsewhere. */
export function kernelOr<T extends tf.Tensor>(
  name: string,
  inputs: Tensors,
  constants: Tensors,
  attributes: Attributes,
  compose: () => T,
): T {
  if (!hasKernel(name)) return tf.tidy(compose);
  if (!gradientWanted()) {
    const [value, ...residuals] = runKernel(name, { ...inputs, ...constants }, attributes);
    tf.dispose(residuals);
    return value as T;
  }
  const run = tf.customGrad((...parameters) => {
    const save = parameters.at(-1) as (tensors: tf.Tensor[]) => void;
    const [value, ...residuals] = runKernel(name, { ...inputs, ...constants }, attributes) as [
      T,
      ...tf.Tensor[],
    ];
    // Variables outlive the tape: tfjs would make a copy's tensor of each.
    const given = Object.entries({ ...inputs, ...constants });
    const variables = given.filter(([, tensor]) => tensor instanceof tf.Variable);
    const tensors = given.filter(([, tensor]) => !(tensor instanceof tf.Variable));
    const names = [...tensors.map(([name]) => name), ...residuals.map((_, i) => `r${i}`)];
    save([...tensors.map(([, tensor]) => tensor), ...residuals]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const kept = Object.fromEntries(saved.map((tensor, i) => [names[i]!, tensor]));
      return runKernel(`${name}Grad`, { dy, ...Object.fromEntries(variables), ...kept }, attributes);
    };
    return { value, gradFunc };
  });
  return run(...Object.values(inputs)) as T;
}
