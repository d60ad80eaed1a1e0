// Concatenation, stacking and padding of float32 or int32 tensors.
import * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';
import { areWords, move, outputWords, stepsOf, words } from './move.ts';

export const KERNELS: Record<string, Kernel> = { Concat, Pack, PadV2 };

function Concat(
  engine: CpuEngine,
  inputs: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  const parts = Object.values(inputs) as tf.TensorInfo[];
  if (!areWords(...parts)) return undefined;
  const shapes = parts.map(({ shape }) => shape);
  const axis = tf.util.parseAxisParam(attributes.axis as number, shapes[0]!)[0]!;
  tf.backend_util.assertParamsConsistent(shapes, axis);
  return joined(engine, parts, axis, tf.backend_util.computeOutShape(shapes, axis));
}

function Pack(
  engine: CpuEngine,
  inputs: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  const parts = Object.values(inputs) as tf.TensorInfo[];
  const { shape } = parts[0]!;
  const isLike = (other: tf.TensorInfo) => tf.util.arraysEqual(other.shape, shape);
  if (!areWords(...parts) || !parts.every(isLike)) return undefined;
  const axis = attributes.axis as number;
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return joined(engine, parts, at, shape.toSpliced(at, 0, parts.length));
}

/** Concatenates along `axis`: seen as rows that begin at that dimension, a row of the result is the parts' rows in order. */
function joined(engine: CpuEngine, parts: tf.TensorInfo[], axis: number, shape: number[]): tf.TensorInfo {
  const y = outputWords(engine, parts[0], shape);
  const size = tf.util.sizeFromShape(shape.slice(0, axis));
  const to = y.values.length / size;
  let start = 0;
  for (const part of parts) {
    const from = tf.util.sizeFromShape(part.shape) / size;
    if (from > 0)
      move(engine, words(engine, part), 0, y.values, start, [
        { size, from, to },
        { size: from, from: 1, to: 1 },
      ]);
    start += from;
  }
  return y.info;
}

function PadV2(
  engine: CpuEngine,
  { x }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  const value = attributes.constantValue as number;
  const paddings = attributes.paddings as [number, number][];
  // Only 0 has the same bits as an int32 and as a float32.
  if (!areWords(x) || (x!.dtype === 'int32' && value !== 0)) return undefined;
  const y = outputWords(
    engine,
    x,
    x!.shape.map((size, d) => paddings[d]![0] + size + paddings[d]![1]),
  );
  y.values.fill(value);
  const [from, to] = [stepsOf(x!.shape), stepsOf(y.info.shape)];
  const start = paddings.reduce((at, [before], d) => at + before * to[d]!, 0);
  const dims = x!.shape.map((size, d) => ({ size, from: from[d]!, to: to[d]! }));
  move(engine, words(engine, x), 0, y.values, start, dims);
  return y.info;
}
