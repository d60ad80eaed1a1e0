// What the kernels of recurrent layers share: the products over all steps, and the steps, one dispatch each. The inputs' part
// of all gates is one product for the whole sequence, and so are the gradients of x and of the weights.
import type * as tf from '#tfjs';
import { dispose, gradientOf, output } from '../memory.ts';
import type { GpuArray, Program } from '../program.ts';
import { elementWise } from './element-wise.ts';
import { largestOf } from './largest.ts';
import { matMul } from './mat-mul/mat-mul.ts';
import { workgroupsFor } from './recurrent-steps.ts';

export type Tensors = Record<string, tf.TensorInfo>;

/** The hidden values before each step: y shifted by one step, zeros at first. */
const shift = elementWise({
  name: 'recurrent: before',
  reads: { y: 'f32' },
  writes: { before: 'f32' },
  numbers: { T: 'u32', H: 'u32' },
  code: `
  if (i / n.H % n.T == 0u) { before[i] = 0.0; } else { before[i] = y[i - n.H]; }`,
});

/** An array's numbers after the last step: (B, T, H) → (B, H) */
const takeLast = elementWise({
  name: 'recurrent: last',
  reads: { all: 'f32' },
  writes: { last: 'f32' },
  numbers: { T: 'u32', H: 'u32' },
  code: 'last[i] = all[((i / n.H + 1u) * n.T - 1u) * n.H + i % n.H];',
});

export function sizesOf({ x, recurrent }: Tensors) {
  const [B, T, I] = x!.shape as [number, number, number];
  return { B, T, I, H: recurrent!.shape[0]! };
}

/** The inputs' part of the gates of all steps, (B, T, G). */
export function fromInput(inputs: Tensors): tf.TensorInfo {
  const { x, input, bias } = inputs;
  const { B, T, I } = sizesOf(inputs);
  const [, G] = input!.shape as [number, number];
  const gates = output([B, T, G]);
  matMul({ a: { array: x! }, b: { array: input! }, M: B * T, K: I, N: G, y: gates, bias });
  return gates;
}

/** (B, H), from an array (B, T, H). */
export function lastOf(all: tf.TensorInfo): tf.TensorInfo {
  const [B, T, H] = all.shape as [number, number, number];
  const last = output([B, H]);
  takeLast({ all, last }, B * H, { T, H });
  return last;
}

/** Runs a program once for each step. */
export function inSteps(
  step: Program,
  arrays: Record<string, GpuArray>,
  { B, T, H }: { B: number; T: number; H: number },
  direction: 'forward' | 'backward',
): void {
  for (let i = 0; i < T; i++) {
    const t = direction === 'forward' ? i : T - 1 - i;
    step.run(arrays, { B, T, H, t }, workgroupsFor(B, H));
  }
}

/**
 * The gradients of x, input and recurrent, from those of the gates, (B, T, G): of their sums, and of their recurrent parts
 * where these are others.
 */
export function productGradients(
  inputs: Tensors,
  dGates: tf.TensorInfo,
  dRecurrentParts = dGates,
): tf.TensorInfo[] {
  const { x, input, recurrent, r0: y } = inputs;
  const { B, T, I, H } = sizesOf(inputs);
  const [N, [, G]] = [B * T, input!.shape as [number, number]];
  const before = output([B, T, H]);
  shift({ y: y!, before }, N * H, { T, H });
  const [dx, dInput, dRecurrent] = [output(x!.shape), gradientOf(input!), gradientOf(recurrent!)];
  const upstream = { array: dGates, largest: largestOf(dGates) };
  const parts =
    dRecurrentParts === dGates ? upstream : { array: dRecurrentParts, largest: largestOf(dRecurrentParts) };
  matMul({ a: upstream, b: { array: input!, transposed: true }, M: N, K: G, N: I, y: dx });
  matMul({ a: { array: x!, transposed: true }, b: upstream, M: I, K: N, N: G, y: dInput });
  matMul({ a: { array: before, transposed: true }, b: parts, M: H, K: N, N: G, y: dRecurrent });
  dispose(before, upstream.largest, parts === upstream ? undefined : parts.largest);
  return [dx, dInput, dRecurrent];
}
