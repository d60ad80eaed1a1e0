// CrossEntropy, fused with the head's product: logits are made for some tokens at a time, never for all, and the gradients
// are computed while they are there. CrossEntropyGrad only scales those gradients. Also Logits, for evaluation and sampling.
import type * as tf from '#tfjs';
import { present, wantedBy } from '../../../ops/wanted.ts';
import { lossRows } from '../forecast.ts';
import { dispose, gradientOf, type Kernel, output, reshaped, sizeOf } from '../memory.ts';
import { programs } from '../program.ts';
import { reductions, threadsFor } from '../wgsl.ts';
import { columnSums } from './columns.ts';
import { elementWise } from './element-wise.ts';
import { matMul } from './mat-mul/mat-mul.ts';
import { totalProgram } from './total.ts';

export const KERNELS: Record<string, Kernel> = { CrossEntropy, CrossEntropyGrad, Logits };

const count = totalProgram({
  name: 'crossEntropy: count',
  reads: { targets: 'i32' },
  writes: { counted: 'f32', largest: 'f32' }, // targets that count, and a bound of the logits' gradients
  term: 'select(0.0, 1.0, targets[i] >= 0)',
  finish: 'counted[0] = max(1.0, total); largest[0] = 1.0 / counted[0];',
});

/** A workgroup computes the loss of one token from its logits, and where asked overwrites them with their gradient. */
const rowLoss = programs(({ gradient, threads }: { gradient: boolean; threads: number }) => ({
  name: 'crossEntropy: row',
  reads: { targets: 'i32', counted: 'f32' },
  writes: { logits: 'f32', losses: 'f32' },
  numbers: { rows: 'u32', start: 'u32', V: 'u32' },
  threads,
  declarations: reductions(threads),
  body: `
  if (group >= n.rows) { return; }
  let row = group * n.V;
  let wanted = targets[n.start + group];
  var largest = logits[row];
  for (var v = thread; v < n.V; v += ${threads}u) { largest = max(largest, logits[row + v]); }
  largest = maxOf(largest, thread);
  var sum = 0.0;
  for (var v = thread; v < n.V; v += ${threads}u) { sum += exp(logits[row + v] - largest); }
  sum = sumOf(sum, thread);
  if (thread == 0u) {
    losses[n.start + group] = select(0.0, largest + log(sum) - logits[row + u32(max(wanted, 0))], wanted >= 0);
  }
  ${gradient ? gradientCode(threads) : ''}`,
}));

function gradientCode(threads: number): string {
  return `
  storageBarrier(); // the first thread has read the target's logit
  let weight = select(0.0, 1.0 / counted[0], wanted >= 0);
  for (var v = thread; v < n.V; v += ${threads}u) {
    logits[row + v] = weight * (exp(logits[row + v] - largest) / sum - select(0.0, 1.0, i32(v) == wanted));
  }`;
}

const mean = totalProgram({
  name: 'crossEntropy: mean',
  reads: { losses: 'f32', counted: 'f32' },
  writes: { loss: 'f32' },
  term: 'losses[i]',
  finish: 'loss[0] = total / counted[0];',
});

const scale = elementWise({
  name: 'crossEntropyGrad',
  reads: { factor: 'f32' },
  writes: { x: 'f32' },
  code: 'x[i] *= factor[0];',
});

function CrossEntropy(inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  return lossInParts(inputs, wantedBy(attributes), lossRows(inputs.weight!.shape[0]!));
}

/** The loss and the gradients that are wanted, from the logits of so many tokens at a time. */
export function lossInParts(
  { x, weight, bias, targets }: tf.NamedTensorInfoMap,
  wanted: (input: string) => boolean,
  tokens: number,
): tf.TensorInfo[] {
  const [[N, C], [V]] = [x!.shape, weight!.shape] as [[number, number], [number]];
  const most = Math.min(N, tokens);
  const [loss, losses, logits] = [output([]), output([N]), output([most, V])];
  const [counted, largest] = [output([1]), output([1])];
  const dx = wanted('x') ? output(x!.shape) : undefined;
  const dWeight = wanted('weight') ? gradientOf(weight) : undefined;
  const dBias = wanted('bias') ? gradientOf(bias) : undefined;
  const gradients = present(dx, dWeight, dBias);
  const gradient = gradients.length > 0;
  const row = rowLoss({ gradient, threads: threadsFor(V) });
  count.run({ targets: targets!, counted, largest }, { N }, 1);
  for (let start = 0; start < N; start += most) {
    const rows = Math.min(most, N - start);
    const part = { array: x!, start: start * C }; // (rows, C)
    const accumulated = start > 0;
    matMul({ a: part, b: { array: weight!, transposed: true }, M: rows, K: C, N: V, y: logits, bias });
    const arrays = { targets: targets!, counted, logits, losses };
    row.run(arrays, { rows, start, V }, rows);
    const dLogits = { array: logits, largest }; // (rows, V)
    if (dx) matMul({ a: dLogits, b: { array: weight! }, M: rows, K: V, N: C, y: dx, start: start * C });
    if (dWeight)
      matMul({ a: { ...dLogits, transposed: true }, b: part, M: V, K: rows, N: C, y: dWeight, accumulated });
    if (dBias) columnSums(logits, rows, V, { into: dBias, accumulated });
  }
  mean.run({ losses, counted, loss }, { N }, 1);
  dispose(losses, counted, largest, logits);
  return [loss, ...gradients];
}

/** The residuals are the gradients that are wanted, in the order of x, weight and bias, for dy = 1. */
function CrossEntropyGrad({ dy, r0, r1, r2 }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  return present(r0, r1, r2).map((x) => {
    scale({ factor: dy!, x }, sizeOf(x));
    return reshaped(x, x.shape);
  });
}

function Logits({ x, weight, bias }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const [[N, C], [V]] = [x!.shape, weight!.shape] as [[number, number], [number]];
  const y = output([N, V]);
  matMul({ a: { array: x! }, b: { array: weight!, transposed: true }, M: N, K: C, N: V, y, bias });
  return [y];
}
