// Replacements of tfjs's kernels that compute an index for every element: ours take float32 in tight loops, and leave to
// tfjs what they do not do.
import * as tf from '#tfjs';
import { ARITHMETIC, type Loop, spread } from './arithmetic.ts';
import { canMultiply, matMul, type Operand } from './mat-mul.ts';
import { output, values } from './memory.ts';
import { copyBox, transpose } from './moving.ts';

type Call = Parameters<tf.KernelFunc>[0];
/** The answer, or undefined where tfjs's kernel is to give it. */
type Replacement = (call: Call) => tf.TensorInfo | tf.TensorInfo[] | undefined;

const REPLACEMENTS: Record<string, Replacement> = {
  BatchMatMul,
  Transpose,
  Slice,
  SplitV,
  Unpack,
  Softmax,
  ...Object.fromEntries(Object.entries(ARITHMETIC).map(([name, loop]) => [name, arithmetic(loop)])),
};

export function replaceStockKernels(backendName: string): void {
  for (const [name, kernel] of Object.entries(REPLACEMENTS)) putBefore(name, backendName, kernel);
}

/** Puts `kernel` before tfjs's kernel, which still does what `kernel` answers with undefined. */
function putBefore(kernelName: string, backendName: string, kernel: Replacement): void {
  const stock = tf.getKernel(kernelName, backendName);
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...stock, kernelFunc: (call) => kernel(call) ?? stock.kernelFunc(call) });
}

function BatchMatMul({ inputs: { a, b }, attrs }: Call): tf.TensorInfo | undefined {
  if (a!.dtype !== 'float32' || b!.dtype !== 'float32') return undefined;
  const left: Operand = { values: values(a), shape: a!.shape, transposed: attrs?.transposeA === true };
  const right: Operand = { values: values(b), shape: b!.shape, transposed: attrs?.transposeB === true };
  if (!canMultiply(left, right)) return undefined;
  const result = matMul(left, right);
  return output(result.values, result.shape);
}

function arithmetic(loop: Loop): Replacement {
  return ({ inputs }) => {
    const [a, b] = [inputs.a!, inputs.b!];
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const [left, right] = [spread(values(a), a.shape, shape), spread(values(b), b.shape, shape)];
    if (left === undefined || right === undefined) return undefined;
    const out = new Float32Array(tf.util.sizeFromShape(shape));
    loop(left, right, out);
    return output(out, shape);
  };
}

function Transpose({ inputs: { x }, attrs }: Call): tf.TensorInfo | undefined {
  if (x!.dtype !== 'float32') return undefined;
  const order = attrs!.perm as number[];
  return output(
    transpose(values(x), x!.shape, order),
    order.map((d) => x!.shape[d]!),
  );
}

function Slice({ inputs: { x }, attrs }: Call): tf.TensorInfo | undefined {
  if (x!.dtype !== 'float32') return undefined;
  const [begin, size] = tf.slice_util.parseSliceParams(x!, attrs!.begin as number[], attrs!.size as number[]);
  tf.slice_util.assertParamsValid(x!, begin!, size!);
  return output(copyBox(values(x), x!.shape, begin!, size!), size!);
}

function SplitV({ inputs: { x }, attrs }: Call): tf.TensorInfo[] | undefined {
  if (x!.dtype !== 'float32') return undefined;
  const axis = tf.util.parseAxisParam(attrs!.axis as number, x!.shape)[0]!;
  const sizes = tf.backend_util.prepareSplitSize(x!, attrs!.numOrSizeSplits as number[] | number, axis);
  const begin = x!.shape.map(() => 0);
  return sizes.map((size) => {
    const shape = x!.shape.with(axis, size);
    const part = output(copyBox(values(x), x!.shape, begin, shape), shape);
    begin[axis]! += size;
    return part;
  });
}

function Unpack({ inputs: { value }, attrs }: Call): tf.TensorInfo[] | undefined {
  if (value!.dtype !== 'float32') return undefined;
  const { shape } = value!;
  const axis = tf.util.parseAxisParam(attrs!.axis as number, shape)[0]!;
  const box = shape.with(axis, 1);
  return Array.from({ length: shape[axis]! }, (_, i) => {
    const begin = shape.map((_, d) => (d === axis ? i : 0));
    return output(copyBox(values(value), shape, begin, box), box.toSpliced(axis, 1));
  });
}

function Softmax({ inputs: { logits } }: Call): tf.TensorInfo | undefined {
  if (logits!.dtype !== 'float32') return undefined;
  const from = values(logits);
  const length = logits!.shape.at(-1)!;
  const out = new Float32Array(from.length);
  for (let start = 0; start < from.length; start += length) {
    let largest = -Infinity;
    for (let i = start; i < start + length; i++) largest = Math.max(largest, from[i]!);
    let sum = 0;
    for (let i = start; i < start + length; i++) {
      out[i] = Math.exp(from[i]! - largest);
      sum += out[i]!;
    }
    for (let i = start; i < start + length; i++) out[i]! /= sum;
  }
  return output(out, logits!.shape);
}
