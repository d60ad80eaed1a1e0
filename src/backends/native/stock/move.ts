// move: copies a box of 32-bit numbers from one array to another, by any steps.
import type * as tf from '#tfjs';
import { addon } from '../addon.ts';
import { floats, ints, output, outputInts } from '../memory.ts';
import { MOST_RANK } from './ours.ts';

/** How many places to walk, and how far apart they are in each array. */
export interface Dim {
  size: number;
  from: number;
  to: number;
}

/** Numbers that are only copied: those of an int32 tensor are seen as float32. */
export interface Words {
  info: tf.TensorInfo;
  values: Float32Array;
}

/** Whether `move` can take the tensors: all of one type, of 32 bits. */
export function areWords(...infos: (tf.TensorInfo | undefined)[]): boolean {
  const dtype = infos[0]?.dtype;
  if (dtype !== 'float32' && dtype !== 'int32') return false;
  return infos.every((info) => info!.dtype === dtype && info!.shape.length <= MOST_RANK);
}

export function words(info: tf.TensorInfo | undefined): Float32Array {
  return info!.dtype === 'float32' ? floats(info) : asFloats(ints(info));
}

/** A new tensor of the type of `like`. */
export function outputWords(like: tf.TensorInfo | undefined, shape: number[]): Words {
  if (like!.dtype === 'float32') return output(shape);
  const { info, values } = outputInts(shape);
  return { info, values: asFloats(values) };
}

/** How far apart neighbours along each dimension are. */
export function stepsOf(shape: number[]): number[] {
  const steps = new Array<number>(shape.length);
  for (let d = shape.length - 1, step = 1; d >= 0; step *= shape[d--]!) steps[d] = step;
  return steps;
}

/** A new tensor of `shape`, from a box of x of those sizes, whose numbers stand `steps` apart. */
export function picked(
  x: tf.TensorInfo,
  start: number,
  sizes: number[],
  steps: number[],
  shape = sizes,
): tf.TensorInfo {
  const y = outputWords(x, shape);
  const to = stepsOf(sizes);
  const dims = sizes.map((size, d) => ({ size, from: steps[d]!, to: to[d]! }));
  move(words(x), start, y.values, 0, dims);
  return y.info;
}

/** Nothing where a dimension has no places. */
export function move(
  from: Float32Array,
  fromStart: number,
  to: Float32Array,
  toStart: number,
  dims: Dim[],
): void {
  if (dims.some(({ size }) => size === 0)) return;
  const merged = merge(dims);
  const numbers: number[] = [];
  for (const dim of merged) numbers.push(dim.size, dim.from, dim.to);
  addon().move!(merged.length, ...numbers, fromStart, toStart, [from, to]);
}

/** Without those of size 1, and with neighbours that both arrays walk alike as one. */
export function merge(dims: Dim[]): Dim[] {
  const merged: Dim[] = [];
  for (const dim of dims) {
    const last = merged.at(-1);
    if (dim.size === 1) continue;
    if (last && last.from === dim.from * dim.size && last.to === dim.to * dim.size)
      merged[merged.length - 1] = { ...dim, size: last.size * dim.size };
    else merged.push(dim);
  }
  return merged;
}

function asFloats({ buffer, byteOffset, length }: Int32Array): Float32Array {
  return new Float32Array(buffer, byteOffset, length);
}
