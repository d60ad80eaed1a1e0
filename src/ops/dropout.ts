// dropout: each element is zero with probability `rate`, else scaled by 1 / (1 − rate).
// Element i is kept if the i-th 32 bits of the key's sequence, unsigned, are at least rate · 2³².
import * as tf from '#tfjs';
import { fillBits, type Key } from '../base/random.ts';
import { kernelOr } from './kernel.ts';

export interface Dropout {
  rate: number;
  key: Key;
}

export function dropout<T extends tf.Tensor>(x: T, drop: Dropout | undefined): T {
  if (drop === undefined || drop.rate === 0) return x;
  return kernelOr(
    'Dropout',
    { x },
    {},
    dropoutAttributes(drop),
    () => x.mul(dropoutMask(x.shape, drop)) as T,
  );
}

export function dropoutAttributes(drop: Dropout | undefined) {
  return { rate: drop?.rate ?? 0, key: [...(drop?.key ?? [0, 0])] };
}

function dropoutMask(shape: number[], { rate, key }: Dropout): tf.Tensor {
  const bits = new Int32Array(tf.util.sizeFromShape(shape));
  fillBits(key, bits);
  const threshold = rate * 2 ** 32;
  const mask = Float32Array.from(bits, (word) => (word >>> 0 >= threshold ? 1 / (1 - rate) : 0));
  return tf.tensor(mask, shape);
}
