// move: a strided copy of a box of 32-bit numbers from one array to another.
import type * as tf from '#tfjs';
import type { Output } from '../backend.ts';
import type { CpuEngine } from '../engine.ts';
import { MOST_RANK } from './ours.ts';

/** A dimension of the box: its size, and its stride in each array. */
export interface Dim {
  size: number;
  from: number;
  to: number;
}

/** Whether `move` can take the tensors: all of one type, of 32 bits. */
export function areWords(...infos: (tf.TensorInfo | undefined)[]): boolean {
  const dtype = infos[0]?.dtype;
  if (dtype !== 'float32' && dtype !== 'int32') return false;
  return infos.every((info) => info!.dtype === dtype && info!.shape.length <= MOST_RANK);
}

/** The tensor's numbers as 32-bit words to be copied: those of an int32 tensor are seen as float32. */
export function words(engine: CpuEngine, info: tf.TensorInfo | undefined): Float32Array {
  return info!.dtype === 'float32' ? engine.floats(info) : asFloats(engine.ints(info));
}

/** A new tensor of the type of `like`, its numbers seen as words. */
export function outputWords(
  engine: CpuEngine,
  like: tf.TensorInfo | undefined,
  shape: number[],
): Output<Float32Array> {
  if (like!.dtype === 'float32') return engine.output(shape);
  const y = engine.outputInts(shape);
  return {
    info: y.info,
    get values() {
      return asFloats(y.values);
    },
  };
}

/** The strides of a contiguous tensor. */
export function stepsOf(shape: number[]): number[] {
  const steps = new Array<number>(shape.length);
  for (let d = shape.length - 1, step = 1; d >= 0; step *= shape[d--]!) steps[d] = step;
  return steps;
}

/** A new tensor of `shape` from the box of x of those sizes and strides (`steps`) that begins at `start`. */
export function picked(
  engine: CpuEngine,
  x: tf.TensorInfo,
  start: number,
  sizes: number[],
  steps: number[],
  shape = sizes,
): tf.TensorInfo {
  const y = outputWords(engine, x, shape);
  const to = stepsOf(sizes);
  const dims = sizes.map((size, d) => ({ size, from: steps[d]!, to: to[d]! }));
  move(engine, words(engine, x), start, y.values, 0, dims);
  return y.info;
}

/** Copies the box; nothing if a dimension has size 0. */
export function move(
  engine: CpuEngine,
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
  engine.ops.move(merged.length, ...numbers, fromStart, toStart, [from, to]);
}

/** Drops dimensions of size 1, and merges neighbours that are contiguous in both arrays. */
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
