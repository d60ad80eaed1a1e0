// linear: x · weight + bias, then GELU if asked. x (…, I), weight (I, O), bias (O) → (…, O)
import * as tf from '@tensorflow/tfjs';
import { dims } from './check.ts';
import { kernelOr } from './kernel.ts';

export type Activation = 'none' | 'gelu';

export function linear(
  x: tf.Tensor,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D,
  activation: Activation = 'none',
): tf.Tensor {
  const { I, O } = dims('linear', { x: [x, '… I'], weight: [weight, 'I O'], bias: [bias, 'O'] });
  return kernelOr('Linear', { x, weight, bias }, {}, { activation }, () => {
    // A product of three dimensions by two has no gradient in tfjs: flatten first.
    const y = x.reshape([-1, I!]).matMul(weight).add(bias); // (N, O)
    return (activation === 'gelu' ? gelu(y) : y).reshape([...x.shape.slice(0, -1), O!]);
  });
}

/** GPT-2's: 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))) */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const cube = x.mul(x).mul(x);
    const inner = x.add(cube.mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
    return x.mul(inner.tanh().add(1)).mul(0.5);
  });
}
