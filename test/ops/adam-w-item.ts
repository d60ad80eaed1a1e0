// What AdamW updates, for its tests.
import * as tf from '#tfjs';
import type { AdamWItem } from '../../src/ops/adam-w.ts';

/** A parameter of ones with a gradient of twos. */
export function itemOf(shape: number[]): AdamWItem {
  const variable = (value: number) => tf.tidy(() => tf.variable(tf.fill(shape, value)));
  return {
    parameter: variable(1),
    gradient: tf.fill(shape, 2),
    mean: variable(0),
    square: variable(0),
    weightDecay: 0,
  };
}
