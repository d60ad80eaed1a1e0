// The few operations that would be hopeless as tfjs's CPU backend has them, as loops over its memory: matrix products,
// embedding (tfjs sums its gradient in O(vocabulary × tokens)), AdamW and the global norm (14 temporaries a parameter).
import * as tf from '@tensorflow/tfjs';
import { ARITHMETIC, type Loop, spread } from './arithmetic.ts';
import { canMultiply, matMul, type Operand } from './mat-mul.ts';

type Call = Parameters<tf.KernelFunc>[0];
type Kernel = (inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap) => tf.TensorInfo[];

const KERNELS: Record<string, Kernel> = { Embedding, EmbeddingGrad, AdamW, GlobalNorm };

export function registerKernels(backendName: string): void {
  if (tf.getKernel('AdamW', backendName)) return;
  putBefore('BatchMatMul', backendName, product);
  for (const [name, loop] of Object.entries(ARITHMETIC)) putBefore(name, backendName, arithmetic(loop));
  for (const [kernelName, kernel] of Object.entries(KERNELS)) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => kernel(inputs, attrs ?? {}),
    });
  }
}

/** The live memory of a tensor. */
function values(info: tf.TensorInfo | undefined): Float32Array {
  return tf.backend().readSync(info!.dataId) as Float32Array;
}

function output(data: Float32Array, shape: number[]): tf.TensorInfo {
  return { dataId: tf.backend().write(data, shape, 'float32'), shape, dtype: 'float32' };
}

/** Puts `kernel` before tfjs's own, which still does what `kernel` answers with undefined. */
function putBefore(
  kernelName: string,
  backendName: string,
  kernel: (call: Call) => tf.TensorInfo | undefined,
): void {
  const stock = tf.getKernel(kernelName, backendName);
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...stock, kernelFunc: (call) => kernel(call) ?? stock.kernelFunc(call) });
}

function product({ inputs: { a, b }, attrs }: Call): tf.TensorInfo | undefined {
  if (a!.dtype !== 'float32' || b!.dtype !== 'float32') return undefined;
  const left: Operand = { values: values(a), shape: a!.shape, transposed: attrs?.transposeA === true };
  const right: Operand = { values: values(b), shape: b!.shape, transposed: attrs?.transposeB === true };
  if (!canMultiply(left, right)) return undefined;
  const result = matMul(left, right);
  return output(result.values, result.shape);
}

function arithmetic(loop: Loop): (call: Call) => tf.TensorInfo | undefined {
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

function Embedding({ table, ids }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const [V, C] = table!.shape as [number, number];
  const [from, rows] = [values(table), values(ids)];
  const y = new Float32Array(rows.length * C);
  for (let n = 0; n < rows.length; n++) {
    const row = rows[n]!;
    if (row < 0 || row >= V) throw new Error(`embedding: expected ids below ${V}, but got ${row}`);
    y.set(from.subarray(row * C, (row + 1) * C), n * C);
  }
  return [output(y, [...ids!.shape, C])];
}

function EmbeddingGrad({ dy, table, ids }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const [V, C] = table!.shape as [number, number];
  const [from, rows] = [values(dy), values(ids)];
  const gradient = new Float32Array(V * C);
  for (let n = 0; n < rows.length; n++) {
    const at = rows[n]! * C;
    for (let c = 0; c < C; c++) gradient[at + c]! += from[n * C + c]!;
  }
  return [output(gradient, [V, C])];
}

function AdamW(inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  const { learningRate, beta1, beta2, epsilon, step, gradientScale } = attributes as Record<string, number>;
  const decays = attributes.weightDecay as number[];
  const meanScale = 1 / (1 - beta1! ** step!);
  const squareScale = 1 / (1 - beta2! ** step!);
  for (const [i, decay] of decays.entries()) {
    const [p, g, m, v] = ['p', 'g', 'm', 'v'].map((letter) => values(inputs[letter + i])) as Float32Array[];
    const keep = 1 - learningRate! * decay;
    for (let j = 0; j < p!.length; j++) {
      const gradient = g![j]! * gradientScale!;
      const mean = beta1! * m![j]! + (1 - beta1!) * gradient;
      const square = beta2! * v![j]! + (1 - beta2!) * gradient * gradient;
      m![j] = mean;
      v![j] = square;
      p![j] =
        p![j]! * keep - (learningRate! * mean * meanScale) / (Math.sqrt(square * squareScale) + epsilon!);
    }
  }
  return [];
}

function GlobalNorm(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  let sum = 0;
  for (const info of Object.values(inputs)) {
    const gradient = values(info);
    for (let j = 0; j < gradient.length; j++) sum += gradient[j]! * gradient[j]!;
  }
  return [output(Float32Array.of(Math.sqrt(sum)), [])];
}
