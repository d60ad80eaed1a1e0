// What is variational in a variational autoencoder (Kingma and Welling 2014): a normal distribution for each text, a vector
// drawn from it, and its divergence from the prior.
import * as tf from '#tfjs';
import { type Key, Stream } from '../../base/random.ts';
import type { Posterior } from '../latent-model.ts';

/** Its mean and the logarithm of its variance, side by side, (B, 2D). */
export function posteriorOf(parameters: tf.Tensor2D): Posterior {
  const [mean, logVariance] = tf.split(parameters, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  const divergence = mean.square().add(logVariance.exp()).sub(1).sub(logVariance).mul<tf.Tensor2D>(0.5);
  return { mean, logVariance, divergence };
}

/** One vector of each distribution, as a function of its parameters and of noise, so that it has a gradient. */
export function drawn({ mean, logVariance }: Posterior, key: Key): tf.Tensor2D {
  const random = new Stream(key);
  const noise = Float32Array.from({ length: mean.size }, () => random.normal());
  return mean.add(logVariance.mul(0.5).exp().mul(tf.tensor2d(noise, mean.shape)));
}

/** Of all texts, nats: each dimension of a text costs at least `free` (Kingma et al. 2016), which it may then as well use. */
export function costOf({ divergence }: Posterior, free: number): tf.Scalar {
  return (free > 0 ? divergence.maximum(free) : divergence).sum();
}

/** Word dropout (Bowman et al. 2016): a share of the inputs, but not the first, becomes the unknown token. */
export function withUnknown(
  inputs: tf.Tensor2D,
  { share, key, unknown }: { share: number; key: Key; unknown: number },
): tf.Tensor2D {
  if (share === 0) return inputs;
  const [B, T] = inputs.shape;
  const random = new Stream(key);
  const dropped = Uint8Array.from({ length: B * T }, (_, i) =>
    random.uniform() < share && i % T > 0 ? 1 : 0,
  );
  return tf.where(tf.tensor2d(dropped, [B, T], 'bool'), tf.fill([B, T], unknown, 'int32'), inputs);
}
