// Reductions of float32 tensors over any axes: sum, mean, product, maximum, minimum.
import * as tf from '#tfjs';
import type { Kernel } from '../kernel.ts';
import type { Reduction } from '../ops.ts';
import { transpose } from './moving.ts';
import { areOurs } from './ours.ts';

export const KERNELS: Record<string, Kernel> = {
  Sum: reduction('axis', 'sum', () => [1]),
  Mean: reduction('axis', 'sum', (n) => [1 / n]),
  Prod: reduction('axis', 'prod', () => []),
  Max: reduction('reductionIndices', 'max', () => []),
  Min: reduction('axis', 'min', () => []),
};

/** `axes` is the name of that attribute; `numbers` are the op's own parameters when n elements are reduced to one. */
function reduction(axes: string, op: Reduction, numbers: (n: number) => number[]): Kernel {
  return (engine, { x }, attributes) => {
    const size = tf.util.sizeFromShape(x!.shape);
    if (!areOurs(x) || size === 0) return undefined;
    const { shape } = x!;
    const reduced = tf.util.parseAxisParam(attributes[axes] as number[], shape);
    const y = engine.output(
      attributes.keepDims
        ? shape.map((length, d) => (reduced.includes(d) ? 1 : length))
        : shape.filter((_, d) => !reduced.includes(d)),
    );
    const n = size / y.values.length;
    const together = side(shape, reduced);
    const source = together ? x! : transpose(engine, x!, lastOf(shape, reduced));
    const { outer, inner } = together ?? { outer: y.values.length, inner: 1 };
    engine.ops[op](...numbers(n), outer, n, inner, engine.floats(source), y.values);
    if (!together) engine.dispose(source);
    return y.info;
  };
}

/** The sizes before and after the axes, if these are adjacent. */
function side(shape: number[], axes: number[]): { outer: number; inner: number } | undefined {
  const real = axes.filter((d) => shape[d] !== 1);
  const [first, last] = real.length > 0 ? [Math.min(...real), Math.max(...real)] : [0, -1];
  for (let d = first; d <= last; d++) if (shape[d] !== 1 && !axes.includes(d)) return undefined;
  return {
    outer: tf.util.sizeFromShape(shape.slice(0, first)),
    inner: tf.util.sizeFromShape(shape.slice(last + 1)),
  };
}

/** The permutation that puts the axes last. */
function lastOf(shape: number[], axes: number[]): number[] {
  return [...shape.keys()].filter((d) => !axes.includes(d)).concat(axes);
}
