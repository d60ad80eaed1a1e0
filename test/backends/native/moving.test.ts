// tfjs's own operations that move, choose or convert numbers on `native`: to the bit what tfjs's CPU backend gives, and
// in memory that is shared with nothing.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { nativeEngine } from '../../../src/backends/native/index.ts';
import { runKernel } from '../../../src/ops/kernel.ts';
import { composed } from '../../ops/backends.ts';
import { agree, dtype, isUsable, RUNS, shape, someShape, tensor, useNative } from '../against-tfjs.ts';

describe.skipIf(!isUsable)('native', () => {
  beforeAll(async () => {
    await composed.start();
    await useNative();
  });
  afterAll(() => tf.setBackend('cpu'));

  describe('what only moves numbers is tfjs’s own, to the bit', () => {
    const boxes = fc.tuple(someShape, dtype).chain(([sizes, type]) =>
      fc.record({
        sizes: fc.constant(sizes),
        type: fc.constant(type),
        axis: fc.integer({ min: -sizes.length, max: sizes.length - 1 }),
        order: fc.shuffledSubarray([...sizes.keys()], { minLength: sizes.length }),
        begin: fc.tuple(...sizes.map((n) => fc.integer({ min: 0, max: Math.max(0, n - 1) }))),
        shares: fc.tuple(...sizes.map(() => fc.double({ min: 0, max: 1, noNaN: true }))),
        small: fc.tuple(...sizes.map(() => fc.integer({ min: 1, max: 3 }))),
        signs: fc.tuple(...sizes.map(() => fc.constantFrom(1, -1))),
      }),
    );
    const moves: Record<string, (x: tf.Tensor, box: Box) => tf.Tensor | tf.Tensor[]> = {
      transpose: (x, { order }) => tf.transpose(x, order),
      slice: (x, { begin, shares }) =>
        tf.slice(
          x,
          begin,
          shares.map((share, d) => Math.round(share * (x.shape[d]! - begin[d]!))),
        ),
      stridedSlice: (x, { begin, small, signs }) =>
        tf.stridedSlice(
          x,
          begin,
          x.shape.map((n, d) => (signs[d]! > 0 ? n : -n - 1)),
          small.map((step, d) => step * signs[d]!),
        ),
      split: (x, { axis }) => tf.split(x, [0, x.shape.at(axis)!], axis),
      unstack: (x, { axis }) => tf.unstack(x, axis),
      reverse: (x, { axis }) => tf.reverse(x, [axis]),
      tile: (x, { small }) => tf.tile(x, small),
      concat: (x, { axis }) => tf.concat([x, tf.onesLike(x), x], axis),
      stack: (x, { axis }) => tf.stack([x, tf.zerosLike(x)], axis),
      'stack of one': (x, { axis }) => tf.stack([x], axis),
      pad: (x, { small }) =>
        tf.pad(
          x,
          small.map((n) => [n - 1, 3 - n] as [number, number]),
          2,
        ),
      'pad with zeros': (x, { small }) =>
        tf.pad(
          x,
          small.map((n) => [n, 1] as [number, number]),
        ),
    };

    it.each(Object.keys(moves))('%s', async (name) => {
      await fc.assert(
        fc.asyncProperty(boxes, async (box) => {
          await agree(() => moves[name]!(tensor('x', box.sizes, box.type), box));
        }),
        { numRuns: 100 },
      );
    });

    it.each([
      { sizes: [130, 70], order: [1, 0] },
      { sizes: [3, 70, 33], order: [0, 2, 1] },
      { sizes: [2, 70, 5, 32], order: [0, 2, 1, 3] },
      { sizes: [2, 20, 5, 32], order: [3, 1, 0, 2] },
      { sizes: [70, 3, 37], order: [2, 1, 0] },
    ])('transposing $sizes by $order, in blocks', async ({ sizes, order }) => {
      await agree(() => tf.transpose(tensor('x', sizes), order));
    });

    it('copies: a part does not change with the whole', () => {
      const x = tensor('x', [6, 1024]);
      const parts = [
        x.slice(0, 6),
        x.slice([1], [2]),
        ...tf.split(x, 2),
        ...tf.unstack(x),
        tf.stridedSlice(x, [1], [3], [1]),
        tf.stack([x]),
      ];
      const before = parts.map((part) => part.arraySync());
      runKernel('AccumulateInto', { into: x, from: tf.ones(x.shape) });
      expect(parts.map((part) => part.arraySync())).toEqual(before);
    });

    it('out of bounds fails', () => {
      expect(() => tf.zeros([2, 3]).slice([0, 2], [2, 2])).toThrow('begin[1] + size[1]');
    });
  });

  describe('choosing', () => {
    const ids = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 6 });

    it('gather along any axis', async () => {
      const cases = fc.tuple(shape, shape, ids, dtype);
      await fc.assert(
        fc.asyncProperty(cases, async ([before, after, ids, type]) => {
          const x = () => tensor('x', [...before.slice(0, 2), 3, ...after.slice(0, 2)], type);
          await agree(() => tf.gather(x(), tf.tensor1d(ids, 'int32'), before.slice(0, 2).length));
        }),
        RUNS,
      );
      await agree(() =>
        tf.gather(
          tensor('x', [2, 4, 3, 5]),
          [
            [0, 2, 1],
            [3, 3, 0],
          ],
          1,
          1,
        ),
      );
      await agree(() =>
        tf.gather(
          tensor('x', [2, 4, 3, 5]),
          [
            [0, 2, 1],
            [2, 2, 0],
          ],
          2,
          1,
        ),
      );
      await agree(() => tf.gather(tensor('x', [300, 128]), tf.range(0, 300, 1, 'int32').reverse()));
      for (const id of [-1, 3]) expect(() => tf.gather(tf.zeros([3, 2]), [0, id])).toThrow(`but got ${id}`);
    });

    it('unsortedSegmentSum, leaving out ids beyond the segments', async () => {
      const cases = fc.tuple(
        fc.array(fc.integer({ min: -2, max: 7 }), { minLength: 1, maxLength: 30 }),
        shape,
      );
      await fc.assert(
        fc.asyncProperty(cases, fc.integer({ min: 1, max: 7 }), async ([ids, rest], segments) => {
          const x = () => tensor('x', [ids.length, ...rest.slice(0, 2)]);
          await agree(() => tf.unsortedSegmentSum(x(), tf.tensor1d(ids, 'int32'), segments), 1e-6);
        }),
        RUNS,
      );
    });

    it('oneHot, where, fill, zerosLike, onesLike and cast, in memory of their type', async () => {
      for (const type of ['float32', 'int32', 'bool'] as const) {
        await agree(() =>
          tf.oneHot(
            tf.tensor2d(
              [
                [0, 3],
                [-1, 2],
              ],
              [2, 2],
              'int32',
            ),
            3,
            5,
            2,
            type as 'int32',
          ),
        );
        await agree(() => tf.fill([2, 3], 7, type as 'int32'));
        await agree(() => tf.zerosLike(tensor('x', [2, 3], type)));
        await agree(() => tf.onesLike(tensor('x', [2, 3], type)));
        for (const other of ['float32', 'int32', 'bool'] as const)
          await agree(() => tf.cast(tensor('x', [2, 9], type), other));
        for (const sizes of [[], [4], [4, 1], [4, 9], [70000]])
          await agree(() =>
            tf.where(tensor('c', sizes, 'bool'), tensor('x', sizes, type), tensor('y', sizes)),
          );
      }
      await agree(() => tf.cast(tf.tensor1d([1.9, -1.9, 3e9, Number.NaN]), 'int32'));
      expect(tf.cast(tf.tensor1d([1, 2], 'int32'), 'float32').dataSync()).toBeInstanceOf(Float32Array);
      expect(tf.cast(tf.tensor1d([true]), 'int32').dataSync()).toBeInstanceOf(Int32Array);
      expect(tf.oneHot([0, 1], 2).dataSync()).toBeInstanceOf(Int32Array);
    });
  });

  it('sizes that do not fit the arrays are refused before memory is touched', () => {
    const [four, five] = [new Float32Array(4), new Float32Array(5)];
    const { add, gather, move, sum, unsortedSegmentSum } = nativeEngine().ops;
    const refused: [() => unknown, string][] = [
      [
        () => move(1, 5, 1, 1, 0, 0, [four, five]),
        'move: expected places in from from 0 to 3, but got 0 to 4',
      ],
      [
        () => move(1, 4, 1, -1, 0, 2, [four, five]),
        'move: expected places in to from 0 to 4, but got -1 to 2',
      ],
      [() => move(1, 2 ** 40, 2 ** 40, 0, 0, 0, [four, five]), 'move: sizes'],
      [() => move(7, 0, 0, [four, five]), 'move: expected at most 6 dimensions, but got 7'],
      [() => add(1, 4, 1, 5, four, five, five), 'add: sizes 4 and 5 do not broadcast'],
      [
        () => add(1, 4, 0, four, five.subarray(1, 2), five),
        'add: expected out to have 4 elements, but got 5',
      ],
      [() => sum(1, 2, 2, 1, four, five), 'sum: expected y to have 2 elements, but got 5'],
      [() => gather(1, 1, 2, 2, 1, four, Int32Array.of(2), four), 'gather: expected y to have 2 elements'],
      [() => gather(1, 1, 2, 4, 1, five, Int32Array.of(2), four), 'gather: expected x to have 8 elements'],
      [() => unsortedSegmentSum(2, 2, 9, four, Int32Array.of(0, 1), five), 'expected y to have 18 elements'],
    ];
    for (const [call, message] of refused) expect(call).toThrow(message);
  });
});

interface Box {
  axis: number;
  order: number[];
  begin: number[];
  shares: number[];
  small: number[];
  signs: number[];
}
