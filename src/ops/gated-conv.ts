// gatedConv: a causal, dilated convolution over time with gated linear units (Dauphin et al. 2017).
// x (B, T, I), weight (K · I, 2H), bias (2H) → (B, T, H)
// Output t sees the inputs t − (K − 1) · dilation, …, t − dilation, t, and zeros before the text. The weight has a block of I
// rows for each of these K taps, the oldest first; its first H columns give values, the others the gates that scale them.
// gatedConvFrom: the same after given inputs; returns those that the next step needs, too; no gradient.
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { kernelOr } from './kernel.ts';
import { linear } from './linear.ts';

export interface GatedConvWeights {
  weight: tf.Tensor2D;
  bias: tf.Tensor1D;
}

/** The last (K − 1) · dilation inputs, (B, (K − 1) · dilation, I). */
export type GatedConvState = { inputs: tf.Tensor3D };

/** Starts from zeros. */
export function gatedConv(x: tf.Tensor3D, weights: GatedConvWeights, dilation: number): tf.Tensor3D {
  const { B, I, span } = sizesOf('gatedConv', x, weights, dilation);
  return kernelOr('GatedConv', { x, ...inOrder(weights) }, {}, { dilation }, () =>
    compose(tf.concat([tf.zeros<tf.Rank.R3>([B, span, I]), x], 1), weights, dilation),
  );
}

/** x may be of any length. */
export function gatedConvFrom(
  x: tf.Tensor3D,
  weights: GatedConvWeights,
  dilation: number,
  state: GatedConvState,
): { outputs: tf.Tensor3D; state: GatedConvState } {
  const { B, T, I, span } = sizesOf('gatedConvFrom', x, weights, dilation);
  if (!tf.util.arraysEqual(state.inputs.shape, [B, span, I]))
    throw new Error(
      `gatedConvFrom: expected inputs of shape (${[B, span, I]}), but got (${state.inputs.shape})`,
    );
  return tf.tidy(() => {
    const all = tf.concat([state.inputs, x], 1);
    return { outputs: compose(all, weights, dilation), state: { inputs: all.slice([0, T, 0]) } };
  });
}

function inOrder({ weight, bias }: GatedConvWeights) {
  return { weight, bias };
}

/** `span` inputs before an output have a part in it. */
function sizesOf(op: string, x: tf.Tensor3D, { weight, bias }: GatedConvWeights, dilation: number) {
  const { B, T, I, R, G } = dims(op, {
    x: [x, 'B T I'],
    weight: [weight, 'R G'],
    bias: [bias, 'G'],
  }) as Sizes;
  if (R % I !== 0) throw new Error(`${op}: expected ${I} rows of the weight for each tap, but got ${R} rows`);
  if (G % 2 !== 0) throw new Error(`${op}: expected a gate for each value, but got ${G} columns`);
  return { B, T, I, span: (R / I - 1) * dilation };
}

type Sizes = Record<'B' | 'T' | 'I' | 'R' | 'G', number>;

/** all (B, span + T, I) → (B, T, H): the taps stand side by side, so that one product has them all. */
function compose(all: tf.Tensor3D, { weight, bias }: GatedConvWeights, dilation: number): tf.Tensor3D {
  const [B, rows, I] = all.shape;
  const K = weight.shape[0] / I;
  const T = rows - (K - 1) * dilation;
  const taps = Array.from({ length: K }, (_, k) => all.slice([0, k * dilation, 0], [B, T, I]));
  const [values, gates] = tf.split(linear(tf.concat(taps, 2), weight, bias), 2, 2) as [tf.Tensor, tf.Tensor];
  return values.mul(gates.sigmoid());
}
