// For tests of tfjs's own operations on our backends: runs them there and on tfjs's CPU backend as it is, and compares.

import fc from 'fast-check';
import { expect } from 'vitest';
import * as tf from '#tfjs';
import { startBackend } from '../../src/backends/index.ts';
import { native } from '../../src/backends/native/index.ts';
import { composed } from '../ops/backends.ts';
import { normal } from '../ops/op-case.ts';

export const isUsable = (await native.probe()).usable;
export const EDGES = [
  0,
  -0,
  1,
  -1,
  0.5,
  -2.5,
  Infinity,
  -Infinity,
  Number.NaN,
  3e38,
  -3e38,
  1e-45,
  1e-39,
  88.7,
  -103,
  7,
];
export const RUNS = { numRuns: 60 };

type Work = () => tf.Tensor | tf.Tensor[];

export const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 17, 40) },
);
const isSmall = (sizes: number[]) => tf.util.sizeFromShape(sizes) <= 5000;
export const shape = fc.array(size, { maxLength: 5 }).filter(isSmall);
export const someShape = fc.array(size, { minLength: 1, maxLength: 5 }).filter(isSmall);
export const dtype = fc.constantFrom<'float32' | 'int32' | 'bool'>('float32', 'int32', 'bool');

export async function useNative(threads = 2): Promise<void> {
  await startBackend('native', { precision: 'fp32', threads });
}

export function tensor(
  seed: string,
  sizes: number[],
  type: 'float32' | 'int32' | 'bool' = 'float32',
): tf.Tensor {
  const { data } = normal(seed, sizes);
  if (type === 'float32') return tf.tensor(Float32Array.from(data), sizes, type);
  return tf.tensor(
    Array.from(data, (x) => (type === 'bool' ? Number(x > 0) : Math.round(3 * x))),
    sizes,
    type,
  );
}

/** `sizes`, or sizes that broadcast to them: some are 1, some of the first are left out. */
export function spreadTo(sizes: number[]): fc.Arbitrary<number[]> {
  return fc
    .tuple(
      fc.array(fc.boolean(), { minLength: sizes.length, maxLength: sizes.length }),
      fc.nat({ max: sizes.length }),
    )
    .map(([ones, from]) => sizes.map((size, i) => (ones[i] ? 1 : size)).slice(from));
}

/** The results on the backend that `useOurs` starts, and on tfjs's CPU backend as it is. */
export async function bothWays(work: Work, useOurs: () => Promise<unknown> = useNative) {
  const results: { dtype: string; shape: number[]; values: number[] }[][] = [];
  for (const start of [composed.start, useOurs]) {
    await start();
    results.unshift(
      tf.tidy(() => {
        const y = work();
        return (Array.isArray(y) ? y : [y]).map((part) => ({
          dtype: part.dtype,
          shape: part.shape,
          values: [...part.dataSync()],
        }));
      }),
    );
  }
  return results;
}

/** `part`: the tolerance is a fraction of each number, or of the largest, as for sums that nearly cancel. */
export async function agree(work: Work, tolerance = 0, part: 'each' | 'all' = 'each'): Promise<void> {
  const [ours, theirs] = await bothWays(work);
  const kinds = (results: typeof ours) => results!.map(({ dtype, shape }) => ({ dtype, shape }));
  expect(kinds(ours)).toEqual(kinds(theirs));
  for (const [i, { values }] of ours!.entries()) close(values, theirs![i]!.values, tolerance, part);
}

export function close(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  part: 'each' | 'all' = 'all',
): void {
  expect(actual.length).toBe(expected.length);
  const largest = Array.from(expected).reduce(
    (most, y) => (Number.isFinite(y) ? Math.max(most, Math.abs(y)) : most),
    0,
  );
  for (let i = 0; i < actual.length; i++) {
    const [x, y] = [actual[i]!, expected[i]!];
    const room = tolerance === 0 ? 0 : tolerance * (part === 'all' ? largest : Math.abs(y)) + 1.5e-45;
    if (!(Math.abs(x - y) <= room) && !Object.is(x, y) && x !== y)
      expect.fail(`element ${i}: expected ${y} within ${tolerance}, but got ${x}`);
  }
}
