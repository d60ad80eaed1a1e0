// Element-wise arithmetic of float32 tensors in tight loops; tfjs's kernels compute an index for every element.

export type Loop = (a: Float32Array, b: Float32Array, out: Float32Array) => void;

// Each operation has a loop of its own, so that the engine compiles each for its operation.
export const ARITHMETIC: Readonly<Record<string, Loop>> = {
  Add: (a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i]! + b[i]!;
  },
  Sub: (a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i]! - b[i]!;
  },
  Multiply: (a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i]! * b[i]!;
  },
  RealDiv: (a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i]! / b[i]!;
  },
};

/**
 * Broadcasts `values` from the shape `from` to the shape `to`, where `from` is `to` without some leading sizes (a bias) or
 * `to` with ones at its end (a mean); undefined for any other broadcast.
 */
export function spread(values: Float32Array, from: number[], to: number[]): Float32Array | undefined {
  const size = to.reduce((total, n) => total * n, 1);
  if (from.join() === to.join()) return values;
  const out = new Float32Array(size);
  if (values.length === 1) return out.fill(values[0]!);
  if (from.join() === to.slice(to.length - from.length).join()) {
    for (let at = 0; at < size; at += values.length) out.set(values, at);
    return out;
  }
  const kept = from.findLastIndex((n) => n !== 1) + 1;
  if (from.length !== to.length || from.slice(0, kept).join() !== to.slice(0, kept).join()) return undefined;
  const run = size / values.length;
  for (let i = 0; i < values.length; i++) out.fill(values[i]!, i * run, (i + 1) * run);
  return out;
}
