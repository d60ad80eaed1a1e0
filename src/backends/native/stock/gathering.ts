// Rows by their ids, choices by condition, new tensors of one number, and changes of type.
import * as tf from '#tfjs';
import { addon } from '../addon.ts';
import { floats, ints, type Kernel, output, outputInts } from '../memory.ts';
import { areWords, outputWords, words } from './move.ts';
import { areOurs } from './ours.ts';

export const KERNELS: Record<string, Kernel> = {
  GatherV2,
  UnsortedSegmentSum,
  OneHot,
  Select,
  Fill,
  ZerosLike: ({ x }) => filled(x!.dtype, x!.shape, 0)?.info,
  OnesLike: ({ x }) => filled(x!.dtype, x!.shape, 1)?.info,
  Cast,
};

function GatherV2(
  { x, indices }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  if (!areWords(x)) return undefined;
  const axis = tf.util.parseAxisParam(attributes.axis as number, x!.shape)[0]!;
  const batchDims = (attributes.batchDims as number | undefined) ?? 0;
  const sizes = tf.backend_util.segment_util.collectGatherOpShapeInfo(x!, indices!, axis, batchDims);
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = sizes;
  const y = outputWords(x, outputShape);
  const ids = ints(indices);
  if (y.values.length > 0)
    addon().gather!(
      batchSize,
      outerSize,
      dimSize,
      sliceSize,
      ids.length / batchSize,
      words(x),
      ids,
      y.values,
    );
  return y.info;
}

function UnsortedSegmentSum(
  { x, segmentIds }: tf.NamedTensorInfoMap,
  { numSegments }: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  if (!areOurs(x) || segmentIds!.shape.length !== 1) return undefined;
  const [rows, ...rest] = x!.shape as [number, ...number[]];
  const y = output([numSegments as number, ...rest]);
  const columns = tf.util.sizeFromShape(rest);
  addon().unsortedSegmentSum!(rows, columns, numSegments as number, floats(x), ints(segmentIds), y.values);
  return y.info;
}

/** Ids below 0 or from `depth` on get a row of `offValue` alone. */
function OneHot({ indices }: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo | undefined {
  const { depth, onValue, offValue } = attributes as Record<string, number>;
  const y = filled(attributes.dtype as tf.DataType, [...indices!.shape, depth!], offValue!);
  if (!y) return undefined;
  for (const [i, id] of ints(indices).entries())
    if (id >= 0 && id < depth!) y.values[i * depth! + id] = onValue!;
  return y.info;
}

/** The rest is tfjs's: a condition that chooses whole rows, which no operation of its own asks for. */
function Select({ condition, t, e }: tf.NamedTensorInfoMap): tf.TensorInfo | undefined {
  const count = tf.util.sizeFromShape(t!.shape);
  if (!areOurs(t, e) || tf.util.sizeFromShape(condition!.shape) !== count) return undefined;
  const y = output(t!.shape);
  addon().select!(count, ints(condition), floats(t), floats(e), y.values);
  return y.info;
}

function Fill(_: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo | undefined {
  const { shape, value, dtype } = attributes;
  return filled(dtype as tf.DataType, shape as number[], value as number)?.info;
}

/** Undefined for types that we do not make. */
function filled(dtype: tf.DataType, shape: number[], value: number) {
  if (dtype !== 'float32' && dtype !== 'int32') return undefined;
  const y = dtype === 'float32' ? output(shape) : outputInts(shape);
  y.values.fill(value);
  return y;
}

/** tfjs would let the result share memory that holds another type. */
function Cast({ x }: tf.NamedTensorInfoMap, { dtype }: tf.NamedAttrMap): tf.TensorInfo | undefined {
  if (dtype === x!.dtype || !['float32', 'int32', 'bool'].includes(x!.dtype)) return undefined;
  if (dtype === 'float32') {
    const y = output(x!.shape);
    y.values.set(x!.dtype === 'int32' ? ints(x) : floats(x));
    return y.info;
  }
  if (dtype !== 'int32') return undefined;
  const y = outputInts(x!.shape);
  y.values.set(x!.dtype === 'float32' ? floats(x) : ints(x));
  return y.info;
}
