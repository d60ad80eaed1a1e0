// Kernels of our ops for which a composition of tfjs operations is too slow on a CPU: embedding (tfjs sums its gradient in
// O(vocabulary × tokens)), the loss (a dozen passes over all logits), AdamW and the global norm (14 temporaries a
// parameter).
import * as tf from '#tfjs';
import { gradientScale } from '../../ops/clip.ts';
import { CrossEntropy, CrossEntropyGrad } from './cross-entropy.ts';
import { output, values } from './memory.ts';

type Kernel = (inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap) => tf.TensorInfo[];

const KERNELS: Record<string, Kernel> = {
  Embedding,
  EmbeddingGrad,
  CrossEntropy,
  CrossEntropyGrad,
  AdamW,
  GlobalNorm,
};

export function registerKernels(backendName: string): void {
  for (const [kernelName, kernel] of Object.entries(KERNELS)) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => kernel(inputs, attrs ?? {}),
    });
  }
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
  const { learningRate, beta1, beta2, epsilon, step, clip } = attributes as Record<string, number>;
  const scale = gradientScale(values(inputs.loss)[0]!, values(inputs.norm)[0]!, clip!);
  if (scale === undefined) return [];
  const decays = attributes.weightDecay as number[];
  const meanScale = 1 / (1 - beta1! ** step!);
  const squareScale = 1 / (1 - beta2! ** step!);
  for (const [i, decay] of decays.entries()) {
    const [p, g, m, v] = ['parameter', 'gradient', 'mean', 'square'].map((name) => values(inputs[name + i]));
    const keep = 1 - learningRate! * decay;
    for (let j = 0; j < p!.length; j++) {
      const gradient = g![j]! * scale;
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
