// Gathering rows by id, summing them by id, choosing by condition, filling, and casts.
import * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';
import { areWords, outputWords, words } from './move.ts';
import { areOurs } from './ours.ts';

export const KERNELS: Record<string, Kernel> = {
  GatherV2,
  UnsortedSegmentSum,
  OneHot,
  Select,
  Fill,
  ZerosLike: (engine, { x }) => filled(engine, x!.dtype, x!.shape, 0)?.info,
  OnesLike: (engine, { x }) => filled(engine, x!.dtype, x!.shape, 1)?.info,
  Cast,
};

function GatherV2(
  engine: CpuEngine,
  { x, indices }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  if (!areWords(x)) return undefined;
  const axis = tf.util.parseAxisParam(attributes.axis as number, x!.shape)[0]!;
  const batchDims = (attributes.batchDims as number | undefined) ?? 0;
  const sizes = tf.backend_util.segment_util.collectGatherOpShapeInfo(x!, indices!, axis, batchDims);
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = sizes;
  const y = outputWords(engine, x, outputShape);
  const ids = engine.ints(indices);
  if (y.values.length > 0)
    engine.ops.gather(
      batchSize,
      outerSize,
      dimSize,
      sliceSize,
      ids.length / batchSize,
      words(engine, x),
      ids,
      y.values,
    );
  return y.info;
}

function UnsortedSegmentSum(
  engine: CpuEngine,
  { x, segmentIds }: tf.NamedTensorInfoMap,
  { numSegments }: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  if (!areOurs(x) || segmentIds!.shape.length !== 1) return undefined;
  const [rows, ...rest] = x!.shape as [number, ...number[]];
  const y = engine.output([numSegments as number, ...rest]);
  const columns = tf.util.sizeFromShape(rest);
  engine.ops.unsortedSegmentSum(
    rows,
    columns,
    numSegments as number,
    engine.floats(x),
    engine.ints(segmentIds),
    y.values,
  );
  return y.info;
}

/** An id below 0 or not below `depth` gets a row of `offValue` alone. */
function OneHot(
  engine: CpuEngine,
  { indices }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  const { depth, onValue, offValue } = attributes as Record<string, number>;
  const y = filled(engine, attributes.dtype as tf.DataType, [...indices!.shape, depth!], offValue!);
  if (!y) return undefined;
  const { values } = y;
  for (const [i, id] of engine.ints(indices).entries())
    if (id >= 0 && id < depth!) values[i * depth! + id] = onValue!;
  return y.info;
}

/** A condition that chooses whole rows is left to tfjs's kernel: no operation of tfjs asks for one. */
function Select(engine: CpuEngine, { condition, t, e }: tf.NamedTensorInfoMap): tf.TensorInfo | undefined {
  const count = tf.util.sizeFromShape(t!.shape);
  if (!areOurs(t, e) || tf.util.sizeFromShape(condition!.shape) !== count) return undefined;
  const y = engine.output(t!.shape);
  engine.ops.select(count, engine.ints(condition), engine.floats(t), engine.floats(e), y.values);
  return y.info;
}

function Fill(
  engine: CpuEngine,
  _: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  const { shape, value, dtype } = attributes;
  return filled(engine, dtype as tf.DataType, shape as number[], value as number)?.info;
}

/** A new tensor of one value; undefined for types that the engine does not make. */
function filled(engine: CpuEngine, dtype: tf.DataType, shape: number[], value: number) {
  if (dtype !== 'float32' && dtype !== 'int32') return undefined;
  const y = dtype === 'float32' ? engine.output(shape) : engine.outputInts(shape);
  y.values.fill(value);
  return y;
}

/** Always copies: tfjs would let the result share memory that holds another type. */
function Cast(
  engine: CpuEngine,
  { x }: tf.NamedTensorInfoMap,
  { dtype }: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  if (dtype === x!.dtype || !['float32', 'int32', 'bool'].includes(x!.dtype)) return undefined;
  if (dtype === 'float32') {
    const y = engine.output(x!.shape);
    y.values.set(x!.dtype === 'int32' ? engine.ints(x) : engine.floats(x));
    return y.info;
  }
  if (dtype !== 'int32') return undefined;
  const y = engine.outputInts(x!.shape);
  y.values.set(x!.dtype === 'float32' ? engine.floats(x) : engine.ints(x));
  return y.info;
}
