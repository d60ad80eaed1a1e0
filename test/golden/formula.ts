// Weights by a formula, as make_seq2seq.py, make_encoder_decoder.py and make_tagger.py have them; and ids, as tensors.
import * as tf from '#tfjs';
import type { GoldenTensor } from './load.ts';

/** `size` multiples of 1/128 from −1 to 1, which depend on the name. */
export function formula(name: string, size: number): number[] {
  const code = [...name].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 65521, 0);
  const slope = 1 + Math.floor(code / 257);
  return Array.from({ length: size }, (_, i) => (((code + slope * i + 7 * i * i) % 257) - 128) / 128);
}

/** A norm's scale is around 1. */
export function initialValues(name: string, size: number): number[] {
  const isScale = /\b(norm|ln_\w+|LayerNorm)\.weight$/.test(name);
  return formula(name, size).map((value) => value + (isScale ? 1 : 0));
}

export function ints<R extends tf.Rank>({ data, shape }: GoldenTensor): tf.Tensor<R> {
  return tf.tensor<R>(data, shape as tf.ShapeMap[R], 'int32');
}
