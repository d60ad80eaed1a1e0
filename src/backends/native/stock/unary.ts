// Functions of every element of a float32 tensor.
import * as tf from '#tfjs';
import { addon } from '../addon.ts';
import { floats, type Kernel, output } from '../memory.ts';
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

/** `parameters`: the attributes that it takes, all numbers. */
function unary(op: string, ...parameters: string[]): Kernel {
  return ({ x }, attributes) => {
    if (!areOurs(x)) return undefined;
    const numbers = parameters.map((name) => attributes[name] as number);
    const y = output(x!.shape);
    addon()[op]!(...numbers, y.values.length, floats(x), y.values);
    return y.info;
  };
}

/** tfjs allows only the last dimension, and says so. */
function Softmax({ logits }: tf.NamedTensorInfoMap, { dim }: tf.NamedAttrMap): tf.TensorInfo | undefined {
  const rank = logits!.shape.length;
  if (!areOurs(logits) || rank === 0 || (dim !== -1 && dim !== rank - 1)) return undefined;
  const n = logits!.shape[rank - 1]!;
  const y = output(logits!.shape);
  addon().softmax!(tf.util.sizeFromShape(logits!.shape.slice(0, -1)), n, floats(logits), y.values);
  return y.info;
}
