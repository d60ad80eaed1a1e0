// One row of the table of op cases: an op, its inputs, how to run it, and what must come out.
import * as tf from '#tfjs';
import { keyFor, Stream } from '../../src/base/random.ts';
import type { Values } from './reference.ts';

export type Arrays = Record<string, Values>;
export type Tensors = Record<string, tf.Tensor>;

export interface OpCase {
  op: string;
  name: string;
  /** float32 */
  inputs: Arrays;
  /** int32: ids and targets. */
  constants: Arrays;
  /** Names of inputs. */
  differentiable: string[];
  run(tensors: Tensors): Tensors;
  /** The same outputs, from inputs and constants alike. */
  reference(arrays: Arrays): Arrays;
  /** Why a backend, by its name, cannot run this case. */
  skip?: Partial<Record<string, string>>;
}

export function tensorsOf({ inputs, constants }: Pick<OpCase, 'inputs' | 'constants'>): Tensors {
  return { ...toTensors(inputs, 'float32'), ...toTensors(constants, 'int32') };
}

export function toTensors(arrays: Arrays, dtype: 'float32' | 'int32'): Tensors {
  return mapValues(arrays, ({ data, shape }) => tf.tensor(data, shape, dtype));
}

export function mapValues<A, B>(record: Record<string, A>, change: (value: A, name: string) => B) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}

/** Normally distributed numbers that are exact in float32; `seed` gives the same ones every time. */
export function normal(seed: string, shape: number[], scale = 1, offset = 0): Values {
  const stream = new Stream(keyFor(0, seed));
  return { shape, data: fill(shape, () => Math.fround(offset + scale * stream.normal())) };
}

/** Whole numbers in [0, below). */
export function whole(seed: string, shape: number[], below: number): Values {
  const stream = new Stream(keyFor(0, seed));
  return { shape, data: fill(shape, () => stream.below(below)) };
}

function fill(shape: number[], next: () => number): number[] {
  return Array.from({ length: tf.util.sizeFromShape(shape) }, next);
}
