// linear: x · weight + bias, then GELU or the addition of a residual. x (…, I), weight (I, O), bias (O) or none → (…, O)
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { invariance, kernelOr } from './kernel.ts';

export type Activation = 'none' | 'gelu';

export interface LinearOptions {
  activation?: Activation;
  /** (…, O), added to the result; never together with an activation. */
  residual?: tf.Tensor | undefined;
}

/** A frozen weight's x is not held. */
const NEEDS = { x: ['weight'], weight: ['x'], bias: [], residual: [] };

/**
 * Multiplies vectors by a matrix and adds a bias, if there is one; then comes nothing, GELU, or the addition of a residual.
 * @example
 * import { ops, startBackend, tf } from 'tsgpt';
 * await startBackend();
 * const [x, weight, bias] = [tf.ones([2, 3]), tf.ones<tf.Rank.R2>([3, 4]), tf.zeros<tf.Rank.R1>([4])];
 * const y = ops.linear(x, weight, bias, { activation: 'gelu' }); // (2, 4)
 * const gradient = tf.grad((x) => ops.linear(x, weight, bias))(x); // (2, 3)
 * console.log(y.shape, gradient.shape);
 */
export function linear(
  x: tf.Tensor,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
  { activation = 'none', residual }: LinearOptions = {},
): tf.Tensor {
  const { I, O } = dims('linear', {
    x: [x, '… I'],
    weight: [weight, 'I O'],
    ...(bias && { bias: [bias, 'O'] as const }),
    ...(residual && { residual: [residual, '… O'] as const }),
  });
  const shape = [...x.shape.slice(0, -1), O!];
  if (residual && !tf.util.arraysEqual(residual.shape, shape))
    throw new Error(`linear: expected residual of shape (${shape}), but got (${residual.shape})`);
  if (residual && activation !== 'none')
    throw new Error(`linear: expected a residual or an activation, but got both (${activation})`);
  const inputs = { x, weight, ...(bias && { bias }), ...(residual && { residual }) };
  const compose = () => {
    // A product of three dimensions by two has no gradient in tfjs: flatten first.
    const product: tf.Tensor = x.reshape([-1, I!]).matMul(weight); // (N, O)
    const sum = bias ? product.add(bias) : product;
    const y = (activation === 'gelu' ? gelu(sum) : sum).reshape(shape);
    return residual ? y.add(residual) : y;
  };
  return kernelOr('Linear', inputs, {}, { activation, ...invariance() }, compose, NEEDS);
}

/** GPT-2's: 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))) */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const cube = x.mul(x).mul(x);
    const inner = x.add(cube.mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
    return x.mul(inner.tanh().add(1)).mul(0.5);
  });
}
