// Element-wise functions of a float32 tensor, and softmax.
import * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';
import type { Unary } from '../ops.ts';
import { areOurs } from './ours.ts';

export const KERNELS: Record<string, Kernel> = {
  Exp: unary('exp'),
  Log: unary('log'),
  Tanh: unary('tanh'),
  Sigmoid: unary('sigmoid'),
  Softplus: unary('softplus'),
  Erf: unary('erf'),
  Sqrt: unary('sqrt'),
  Rsqrt: unary('rsqrt'),
  Square: unary('square'),
  Reciprocal: unary('reciprocal'),
  Neg: unary('neg'),
  Abs: unary('abs'),
  Floor: unary('floor'),
  Relu: unary('relu'),
  Relu6: unary('relu6'),
  Elu: unary('elu'),
  LeakyRelu: unary('leakyRelu', 'alpha'),
  Step: unary('step', 'alpha'),
  ClipByValue: unary('clipByValue', 'clipValueMin', 'clipValueMax'),
  Softmax,
};

/** `parameters` are the names of the op's attributes, which are numbers. */
function unary(op: Unary, ...parameters: string[]): Kernel {
  return (engine, { x }, attributes) => {
    if (!areOurs(x)) return undefined;
    const numbers = parameters.map((name) => attributes[name] as number);
    const y = engine.output(x!.shape);
    engine.ops[op](...numbers, y.values.length, engine.floats(x), y.values);
    return y.info;
  };
}

/** Another dimension than the last is left to tfjs, which refuses it. */
function Softmax(
  engine: CpuEngine,
  { logits }: tf.NamedTensorInfoMap,
  { dim }: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  const rank = logits!.shape.length;
  if (!areOurs(logits) || rank === 0 || (dim !== -1 && dim !== rank - 1)) return undefined;
  const n = logits!.shape[rank - 1]!;
  const y = engine.output(logits!.shape);
  engine.ops.softmax(tf.util.sizeFromShape(logits!.shape.slice(0, -1)), n, engine.floats(logits), y.values);
  return y.info;
}
