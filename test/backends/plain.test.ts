// plain's own kernels: the matrix product against sums in float64, arithmetic against tfjs's own to the bit.

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { startBackend } from '../../src/backends/index.ts';
import { canMultiply, matMul } from '../../src/backends/plain/mat-mul.ts';
import { composed } from '../ops/backends.ts';
import { normal } from '../ops/op-case.ts';
import { bothWays as resultsOf, spreadTo } from './against-tfjs.ts';

beforeAll(async () => {
  await composed.start(); // made before `plain` puts its kernels in
  await startBackend('plain');
});

describe('the matrix product', () => {
  const size = fc.integer({ min: 0, max: 11 });
  const products = fc
    .record({
      M: size,
      N: size,
      K: size,
      leading: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
      lone: fc.constantFrom('neither', 'a', 'b'), // the operand without leading dimensions
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
    })
    .map((row) => ({
      ...row,
      a: shapeOf(row.lone === 'a' ? [] : row.leading, row.M, row.K, row.transposeA),
      b: shapeOf(row.lone === 'b' ? [] : row.leading, row.K, row.N, row.transposeB),
    }));

  it('is right for all sizes, transposes and batches', () => {
    fc.assert(
      fc.property(products, ({ a, b, M, N, K, leading, transposeA, transposeB }) => {
        const left = { ...float32('a', a), transposed: transposeA };
        const right = { ...float32('b', b), transposed: transposeB };
        expect(canMultiply(left, right)).toBe(true);
        const { values, shape } = matMul(left, right);
        expect(shape).toEqual([...leading, M, N]);
        const expected: number[] = [];
        const batch = leading.reduce((total, n) => total * n, 1);
        for (let i = 0; i < batch; i++) {
          const [at, bt] = [a.length > 2 ? i * M * K : 0, b.length > 2 ? i * K * N : 0];
          for (let m = 0; m < M; m++) {
            for (let n = 0; n < N; n++) {
              let sum = 0;
              for (let k = 0; k < K; k++) {
                const x = left.values[at + (transposeA ? k * M + m : m * K + k)]!;
                sum += x * right.values[bt + (transposeB ? n * K + k : k * N + n)]!;
              }
              expected.push(sum);
            }
          }
        }
        expect(values).toAgree(expected, 'op');
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    { a: [3, 4], b: [4, 5] },
    { a: [67, 129], b: [129, 66] },
    { a: [2, 3, 4], b: [4, 5] },
    { a: [4, 5], b: [1, 5, 3] },
    { a: [1, 4, 5], b: [1, 1, 5, 3] },
    { a: [1, 4, 5], b: [3, 5, 2] },
    { a: [2, 1, 4, 5], b: [1, 3, 5, 2] },
  ])('of $a by $b has tfjs’s values and shape', async ({ a, b }) => {
    const work = () => tf.matMul(tensor(float32('a', a)), tensor(float32('b', b)));
    const [ours, theirs] = await bothWays(work);
    expect(ours.shape).toEqual(theirs.shape);
    expect(ours.values).toAgree(theirs.values, 'op');
  });

  it('of matrices that do not fit fails as tfjs does', () => {
    const work = () => tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 5]));
    expect(work).toThrow('inner shapes (3) and (4)');
    expect(() => tf.matMul(tf.zeros([2, 3, 4]), tf.zeros([3, 4, 5]))).toThrow('could not be broadcast');
  });

  it('of whole numbers stays of whole numbers', () => {
    const a = tf.tensor2d([[1, 2]], undefined, 'int32');
    const y = tf.matMul(a, a, false, true);
    expect([y.dtype, ...y.dataSync()]).toEqual(['int32', 5]);
  });
});

describe('arithmetic', () => {
  const shapes = fc
    .array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
    .chain((shape) => fc.tuple(spreadTo(shape), spreadTo(shape)));
  const operation = fc.constantFrom<'add' | 'sub' | 'mul' | 'div'>('add', 'sub', 'mul', 'div');

  it('over any two shapes that broadcast is tfjs’s own, to the bit', async () => {
    await fc.assert(
      fc.asyncProperty(operation, shapes, async (op, [a, b]) => {
        const [ours, theirs] = await bothWays(() => tensor(float32('a', a))[op](tensor(float32('b', b))));
        expect(ours).toEqual(theirs);
      }),
      // Equal sizes, which could be taken for one another.
      {
        numRuns: 300,
        examples: [
          [
            'sub',
            [
              [3, 1],
              [3, 3, 4],
            ],
          ],
          [
            'div',
            [
              [2, 2, 1],
              [2, 1],
            ],
          ],
        ],
      },
    );
  });

  it.each<'add' | 'sub' | 'mul' | 'div'>(['add', 'sub', 'mul', 'div'])(
    '%s of infinities and zeros',
    async (op) => {
      const all = [0, -0, 1, -1, Infinity, -Infinity, Number.NaN, 3e38, 1e-45];
      const work = () => tf.tensor2d(all, [all.length, 1])[op](tf.tensor1d(all));
      const [ours, theirs] = await bothWays(work);
      expect(ours).toEqual(theirs);
    },
  );

  it.each<'add' | 'sub' | 'mul' | 'div'>(['add', 'sub', 'mul', 'div'])('%s of other types', async (op) => {
    const ints = tf.tensor1d([7, -8, 9], 'int32');
    for (const other of [ints, tf.scalar(2), tf.tensor1d([true, true, true], 'bool'), ints.cast('float32')]) {
      const [ours, theirs] = await bothWays(() => ints.clone()[op](other.clone()));
      expect(ours).toEqual(theirs);
    }
  });

  it('of shapes that do not broadcast fails', () => {
    expect(() => tf.zeros([2, 3]).add(tf.zeros([2]))).toThrow('could not be broadcast');
  });
});

describe('what only moves numbers is tfjs’s own, to the bit', () => {
  const shape = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });
  const same = (work: (x: tf.Tensor) => tf.Tensor, sizes: number[]) => async () => {
    const [ours, theirs] = await bothWays(() => work(tensor(float32('x', sizes))));
    expect(ours).toEqual(theirs);
  };

  it('transposing', async () => {
    const cases = shape.chain((sizes) =>
      fc.tuple(fc.constant(sizes), fc.shuffledSubarray([...sizes.keys()], { minLength: sizes.length })),
    );
    await fc.assert(
      fc.asyncProperty(cases, ([sizes, order]) => same((x) => x.transpose(order), sizes)()),
      { numRuns: 200 },
    );
  });

  it('slicing', async () => {
    const cases = shape.chain((sizes) =>
      fc.tuple(
        fc.constant(sizes),
        fc.tuple(...sizes.map((n) => fc.integer({ min: 0, max: n - 1 }))),
        fc.tuple(...sizes.map(() => fc.double({ min: 0, max: 1, noNaN: true }))),
      ),
    );
    await fc.assert(
      fc.asyncProperty(cases, ([sizes, begin, shares]) => {
        const size = shares.map((share, d) => Math.round(share * (sizes[d]! - begin[d]!)));
        return same((x) => tf.slice(x, begin, size), sizes)();
      }),
      { numRuns: 200 },
    );
  });

  it.each([0, 1, 2, -1])('splitting and unstacking axis %i', async (axis) => {
    await same((x) => tf.concat(tf.split(x, 2, axis).toReversed(), 0), [4, 6, 2])();
    await same(
      (x) => tf.concat(tf.split(x, [1, x.shape.at(axis)! - 1], axis).toReversed(), axis),
      [4, 6, 2],
    )();
    await same((x) => tf.stack(tf.unstack(x, axis).toReversed()), [4, 6, 2])();
  });

  it('and the rest is left to tfjs', async () => {
    const ints = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3], 'int32');
    for (const work of [
      () => ints().transpose(),
      () => ints().slice([0, 1], [2, 2]),
      () => tf.split(ints(), 3, 1)[1]!,
      () => tf.unstack(ints())[1]!,
    ]) {
      const [ours, theirs] = await bothWays(work);
      expect(ours).toEqual(theirs);
    }
    expect(() => tf.zeros([2, 3]).slice([0, 2], [2, 2])).toThrow('begin[1] + size[1]');
  });
});

it('softmax agrees with float64', async () => {
  const { values, shape } = float32('logits', [3, 2, 7]);
  const scaled = values.map((x) => 40 * x);
  const expected: number[] = [];
  for (let row = 0; row < 6; row++) {
    const logits = [...scaled.subarray(row * 7, row * 7 + 7)];
    const weights = logits.map((x) => Math.exp(x - Math.max(...logits)));
    const total = weights.reduce((sum, x) => sum + x, 0);
    expected.push(...weights.map((x) => x / total));
  }
  const y = tf.softmax(tf.tensor(scaled, shape));
  expect(y.shape).toEqual(shape);
  expect(y.dataSync()).toAgree(expected, 'op');
});

function shapeOf(leading: number[], rows: number, columns: number, transposed: boolean): number[] {
  return [...leading, ...(transposed ? [columns, rows] : [rows, columns])];
}

function float32(seed: string, shape: number[]) {
  return { values: Float32Array.from(normal(seed, shape).data), shape };
}

function tensor({ values, shape }: { values: Float32Array; shape: number[] }): tf.Tensor {
  return tf.tensor(values, shape);
}

/** On `plain`, and on tfjs's CPU backend as it is. */
async function bothWays(work: () => tf.Tensor) {
  const [ours, theirs] = await resultsOf(work, () => startBackend('plain'));
  return [ours![0]!, theirs![0]!] as const;
}
