// Slices, transposes, repetitions of a float32 or int32 tensor. All are copies, since the pool lends memory again.
import * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';
import { areWords, merge, picked, stepsOf } from './move.ts';
import { MOST_RANK } from './ours.ts';

export const KERNELS: Record<string, Kernel> = {
  Transpose: (engine, { x }, { perm }) => (areWords(x) ? transpose(engine, x!, perm as number[]) : undefined),
  Slice,
  StridedSlice,
  SplitV,
  Unpack,
  Reverse,
  Tile,
};

/** Permutes dimensions: d of the result is order[d] of x. */
export function transpose(engine: CpuEngine, x: tf.TensorInfo, order: number[]): tf.TensorInfo {
  const steps = stepsOf(x.shape);
  return picked(
    engine,
    x,
    0,
    order.map((d) => x.shape[d]!),
    order.map((d) => steps[d]!),
  );
}

function Slice(
  engine: CpuEngine,
  { x }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  if (!areWords(x)) return undefined;
  const [begin, size] = tf.slice_util.parseSliceParams(
    x!,
    attributes.begin as number[],
    attributes.size as number[],
  );
  tf.slice_util.assertParamsValid(x!, begin!, size!);
  const steps = stepsOf(x!.shape);
  return picked(engine, x!, place(begin!, steps), size!, steps);
}

function StridedSlice(
  engine: CpuEngine,
  { x }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  if (!areWords(x)) return undefined;
  const { begin, end, strides } = attributes as Record<string, number[]>;
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes as Record<
    string,
    number
  >;
  const box = tf.slice_util.sliceInfo(
    x!.shape,
    begin!,
    end!,
    strides!,
    beginMask!,
    endMask!,
    ellipsisMask!,
    newAxisMask!,
    shrinkAxisMask!,
  );
  const steps = stepsOf(x!.shape);
  return picked(
    engine,
    x!,
    place(box.begin, steps),
    box.finalShapeSparse,
    steps.map((step, d) => step * box.strides[d]!),
    box.finalShape,
  );
}

function SplitV(
  engine: CpuEngine,
  { x }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] | undefined {
  if (!areWords(x)) return undefined;
  const { shape } = x!;
  const axis = tf.util.parseAxisParam(attributes.axis as number, shape)[0]!;
  const sizes = tf.backend_util.prepareSplitSize(x!, attributes.numOrSizeSplits as number[] | number, axis);
  const steps = stepsOf(shape);
  let at = 0;
  return sizes.map((size) => {
    const part = picked(engine, x!, at * steps[axis]!, shape.with(axis, size), steps);
    at += size;
    return part;
  });
}

function Unpack(
  engine: CpuEngine,
  { value }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] | undefined {
  if (!areWords(value)) return undefined;
  const { shape } = value!;
  const axis = tf.util.parseAxisParam(attributes.axis as number, shape)[0]!;
  const all = stepsOf(shape);
  const [rest, steps] = [shape.toSpliced(axis, 1), all.toSpliced(axis, 1)];
  return Array.from({ length: shape[axis]! }, (_, i) => picked(engine, value!, i * all[axis]!, rest, steps));
}

function Reverse(
  engine: CpuEngine,
  { x }: tf.NamedTensorInfoMap,
  { dims }: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  if (!areWords(x)) return undefined;
  const { shape } = x!;
  const axes = tf.util.parseAxisParam(dims as number[], shape);
  const steps = stepsOf(shape);
  const last = shape.map((size, d) => (axes.includes(d) ? size - 1 : 0));
  return picked(
    engine,
    x!,
    place(last, steps),
    shape,
    steps.map((step, d) => (axes.includes(d) ? -step : step)),
  );
}

function Tile(
  engine: CpuEngine,
  { x }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  const repetitions = attributes.reps as number[];
  const sizes = x!.shape.flatMap((size, d) => [repetitions[d]!, size]);
  const steps = stepsOf(x!.shape).flatMap((step) => [0, step]);
  const shape = x!.shape.map((size, d) => size * repetitions[d]!);
  const to = stepsOf(sizes);
  const rank = merge(sizes.map((size, d) => ({ size, from: steps[d]!, to: to[d]! }))).length;
  return areWords(x) && rank <= MOST_RANK ? picked(engine, x!, 0, sizes, steps, shape) : undefined;
}

/** The offset of the number at that index. */
function place(index: number[], steps: number[]): number {
  let at = 0;
  for (let d = 0; d < index.length; d++) at += index[d]! * steps[d]!;
  return at;
}
