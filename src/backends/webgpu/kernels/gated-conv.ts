// GatedConv and its gradient: the inputs that the taps see are gathered side by side, so that one product has them all. The
// residual is, of every output, its value and its activated gate.
import type * as tf from '#tfjs';
import { dispose, gradientOf, type Kernel, output } from '../memory.ts';
import { SIGMOIDS } from '../wgsl.ts';
import { columnSums } from './columns.ts';
import { elementWise } from './element-wise.ts';
import { largestOf } from './largest.ts';
import { matMul } from './mat-mul/mat-mul.ts';

export const KERNELS: Record<string, Kernel> = { GatedConv, GatedConvGrad };

/** x (B, T, I) → taps (B, T, K, I), the oldest first, zeros before the text. */
const gatherTaps = elementWise({
  name: 'gatedConv: taps',
  reads: { x: 'f32' },
  writes: { taps: 'f32' },
  numbers: { T: 'u32', I: 'u32', K: 'u32', dilation: 'u32' },
  code: `
  let row = i / (n.K * n.I);
  let back = (n.K - 1u - i / n.I % n.K) * n.dilation;
  if (row % n.T < back) { taps[i] = 0.0; } else { taps[i] = x[(row - back) * n.I + i % n.I]; }`,
});

/** The adjoint: dx (B, T, I) is the sum of what each tap saw of it. */
const sumTaps = elementWise({
  name: 'gatedConvGrad: taps',
  reads: { dTaps: 'f32' },
  writes: { dx: 'f32' },
  numbers: { T: 'u32', I: 'u32', K: 'u32', dilation: 'u32' },
  code: `
  let row = i / n.I;
  var sum = 0.0;
  for (var k = 0u; k < n.K; k++) {
    let ahead = (n.K - 1u - k) * n.dilation;
    if (row % n.T + ahead < n.T) { sum += dTaps[((row + ahead) * n.K + k) * n.I + i % n.I]; }
  }
  dx[i] = sum;`,
});

/** `gates` (N, 2H) are the values and the gates before activation, which are overwritten with the activated ones. */
const gate = elementWise({
  name: 'gatedConv: gates',
  reads: {},
  writes: { gates: 'f32', y: 'f32' },
  numbers: { H: 'u32' },
  declarations: SIGMOIDS,
  code: `
  let at = i / n.H * 2u * n.H + i % n.H;
  let open = sigmoid(gates[at + n.H]);
  gates[at + n.H] = open;
  y[i] = gates[at] * open;`,
});

const gateGrad = elementWise({
  name: 'gatedConvGrad: gates',
  reads: { dy: 'f32', gates: 'f32' },
  writes: { dGates: 'f32' },
  numbers: { H: 'u32' },
  code: `
  let at = i / n.H * 2u * n.H + i % n.H;
  let open = gates[at + n.H];
  let dValue = dy[i] * open;
  dGates[at] = dValue;
  dGates[at + n.H] = dValue * gates[at] * (1.0 - open);`,
});

function GatedConv(inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  const { weight, bias } = inputs;
  const { B, T, H, N, KI, G } = sizesOf(inputs);
  const [taps, gates, y] = [tapsOf(inputs, attributes), output([B, T, G]), output([B, T, H])];
  matMul({ a: { array: taps }, b: { array: weight! }, M: N, K: KI, N: G, y: gates, bias });
  gate({ gates, y }, N * H, { H });
  dispose(taps);
  return [y, gates];
}

function GatedConvGrad(inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  const { dy, x, weight, bias, r0: gates } = inputs;
  const { T, I, H, K, N, KI, G } = sizesOf(inputs);
  const [dGates, dWeight] = [output(gates!.shape), gradientOf(weight!)];
  gateGrad({ dy: dy!, gates: gates!, dGates }, N * H, { H });
  const upstream = { array: dGates, largest: largestOf(dGates) };
  const taps = tapsOf(inputs, attributes);
  matMul({ a: { array: taps, transposed: true }, b: upstream, M: KI, K: N, N: G, y: dWeight });
  dispose(taps);
  const [dTaps, dx] = [output([N, KI]), output(x!.shape)];
  matMul({ a: upstream, b: { array: weight!, transposed: true }, M: N, K: G, N: KI, y: dTaps });
  sumTaps({ dTaps, dx }, N * I, { T, I, K, dilation: attributes.dilation as number });
  const dBias = columnSums(dGates, N, G, { into: gradientOf(bias!) });
  dispose(dGates, upstream.largest, dTaps);
  return [dx, dWeight, dBias];
}

/** (N, K · I) */
function tapsOf(inputs: tf.NamedTensorInfoMap, { dilation }: tf.NamedAttrMap): tf.TensorInfo {
  const { T, I, K, N, KI } = sizesOf(inputs);
  const taps = output([N, KI]);
  gatherTaps({ x: inputs.x!, taps }, N * KI, { T, I, K, dilation: dilation as number });
  return taps;
}

function sizesOf({ x, weight }: tf.NamedTensorInfoMap) {
  const [B, T, I] = x!.shape as [number, number, number];
  const [KI, G] = weight!.shape as [number, number];
  return { B, T, I, H: G / 2, K: KI / I, N: B * T, KI, G };
}
