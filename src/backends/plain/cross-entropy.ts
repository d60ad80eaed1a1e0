// CrossEntropy and its gradient. The logits are turned into their own gradient in place; nothing else of that size is made.
import type * as tf from '#tfjs';
import { present, wantedBy } from '../../ops/wanted.ts';
import { matMul } from './mat-mul.ts';
import { output, values } from './memory.ts';

/** x (N, C), weight (V, C), bias (V), targets (N) → the mean loss, and the gradient of the logits (N, V) */
export function CrossEntropy(
  { x, weight, bias, targets }: tf.NamedTensorInfoMap,
  { wanted }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [N, V] = [x!.shape[0]!, weight!.shape[0]!];
  const logits = matMul(operand(x!, false), operand(weight!, true)).values; // (N, V)
  const ids = values(targets);
  const counted = Math.max(1, ids.filter((id) => id >= 0).length);
  let loss = 0;
  for (let n = 0; n < N; n++) {
    const row = logits.subarray(n * V, (n + 1) * V);
    if (ids[n]! < 0) row.fill(0);
    else loss += toGradient(row, bias && values(bias), ids[n]!, counted);
  }
  const mean = output(Float32Array.of(loss / counted), []);
  return wanted ? [mean, output(logits, [N, V])] : [mean];
}

/** Returns one row's loss, and turns the row of logits into (softmax − one-hot target) / counted. */
function toGradient(
  row: Float32Array,
  bias: Float32Array | undefined,
  target: number,
  counted: number,
): number {
  let largest = -Infinity;
  for (let v = 0; v < row.length; v++) {
    if (bias) row[v]! += bias[v]!;
    if (row[v]! > largest) largest = row[v]!;
  }
  const chosen = row[target];
  if (chosen === undefined)
    throw new Error(`crossEntropy: expected targets below ${row.length}, but got ${target}`);
  let sum = 0;
  for (let v = 0; v < row.length; v++) {
    row[v] = Math.exp(row[v]! - largest);
    sum += row[v]!;
  }
  const scale = 1 / (sum * counted);
  for (let v = 0; v < row.length; v++) row[v]! *= scale;
  row[target]! -= 1 / counted;
  return largest + Math.log(sum) - chosen;
}

/** The residual r0 is the gradient of the logits. */
export function CrossEntropyGrad(
  { dy, x, weight, bias, r0 }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const wanted = wantedBy(attributes);
  const factor = values(dy)[0]!;
  const scaled = (result: { values: Float32Array; shape: number[] }) => {
    for (let i = 0; i < result.values.length; i++) result.values[i]! *= factor;
    return output(result.values, result.shape);
  };
  return present(
    wanted('x') ? scaled(matMul(operand(r0!, false), operand(weight!, false))) : undefined,
    wanted('weight') ? scaled(matMul(operand(r0!, true), operand(x!, false))) : undefined,
    wanted('bias')
      ? scaled({ values: columnSums(values(r0), bias!.shape[0]!), shape: bias!.shape })
      : undefined,
  );
}

function operand(info: tf.TensorInfo, transposed: boolean) {
  return { values: values(info), shape: info.shape, transposed };
}

function columnSums(matrix: Float32Array, columns: number): Float32Array {
  const sums = new Float32Array(columns);
  for (let at = 0; at < matrix.length; at += columns) {
    for (let v = 0; v < columns; v++) sums[v]! += matrix[at + v]!;
  }
  return sums;
}
