// CrossEntropy, which computes the gradients at once, while it has the logits; CrossEntropyGrad only scales them. Logits.
import type * as tf from '#tfjs';
import { addon } from '../addon.ts';
import { bf16Values, floats, floatsInPlace, ints, type Kernel, output, reshaped } from '../memory.ts';

export const KERNELS: Record<string, Kernel> = { CrossEntropy, CrossEntropyGrad, Logits };

/** Logits held at a time: 64 MiB of them. */
const HELD = 2 ** 24;

function CrossEntropy(
  { x, weight, bias, targets }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [[N, C], [V]] = [x!.shape, weight!.shape] as [[number, number], [number]];
  const loss = output([]);
  const gradients = attributes.gradient
    ? [x!, weight!, ...(bias ? [bias] : [])].map(({ shape }) => output(shape))
    : [];
  const [dx, dWeight, dBias] = gradients.map(({ values }) => values);
  loss.values[0] = addon().crossEntropy!(
    N,
    C,
    V,
    floats(x),
    floats(weight),
    bias ? floats(bias) : null,
    ints(targets),
    HELD,
    dx ?? null,
    dWeight ?? null,
    dBias ?? null,
  )!;
  return [loss.info, ...gradients.map(({ info }) => info)];
}

/** r0, r1 and r2 are the gradients of x, weight and bias where dy is 1. */
function CrossEntropyGrad({ dy, r0, r1, r2 }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const gradients = [r0!, r1!, ...(r2 ? [r2] : [])];
  const factor = floats(dy)[0]!;
  if (factor !== 1) addon().crossEntropyGrad!(gradients.map(floatsInPlace), factor);
  return gradients.map((gradient) => reshaped(gradient, gradient.shape));
}

function Logits(
  { x, weight, bias }: tf.NamedTensorInfoMap,
  { batchInvariant }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [[N, C], [V]] = [x!.shape, weight!.shape] as [[number, number], [number]];
  const y = output([N, V]);
  const matrix = bf16Values(weight) ?? floats(weight);
  addon().logits!(
    N,
    C,
    V,
    batchInvariant as boolean,
    floats(x),
    matrix,
    bias ? floats(bias) : null,
    y.values,
  );
  return [y.info];
}
