// What the gradients of norms share. A program writes dx and, unless the weight is frozen, dy · x̂, where x̂ is the normalised x:
// its column sums are the weight's gradient.
import type * as tf from '#tfjs';
import { dispose, gradientOf, output } from '../memory.ts';
import type { Program } from '../program.ts';
import { threadsFor } from '../wgsl.ts';
import { columnSums } from './columns.ts';

export interface NormVariant {
  frozen: boolean;
  threads: number;
}

export function normWrites({ frozen }: NormVariant): Record<string, 'f32'> {
  return frozen ? { dx: 'f32' } : { dx: 'f32', weighted: 'f32' };
}

/** The loop's line for `weighted`, where `normal` is x̂'s element. */
export function normWeighted({ frozen }: NormVariant): string {
  return frozen ? '' : 'weighted[row + c] = dy[row + c] * normal;';
}

/** `arrays` are those that the program reads. */
export function normGradient(
  program: (variant: NormVariant) => Program,
  arrays: Record<'x' | 'weight', tf.TensorInfo> & Record<string, tf.TensorInfo>,
  { N, C }: { N: number; C: number },
  frozen: boolean,
): { dx: tf.TensorInfo; dWeight?: tf.TensorInfo } {
  const { x, weight } = arrays;
  const dx = output(x.shape);
  const variant = { frozen, threads: threadsFor(C) };
  if (frozen) {
    program(variant).run({ ...arrays, dx }, { N, C }, N);
    return { dx };
  }
  const weighted = output(x.shape);
  program(variant).run({ ...arrays, dx, weighted }, { N, C }, N);
  const dWeight = columnSums(weighted, N, C, { into: gradientOf(weight) });
  dispose(weighted);
  return { dx, dWeight };
}
