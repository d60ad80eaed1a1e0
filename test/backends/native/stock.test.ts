// tfjs's own arithmetic on `native` against tfjs's CPU backend as it is.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { runKernel } from '../../../src/ops/kernel.ts';
import { composed } from '../../ops/backends.ts';
import {
  agree,
  bothWays,
  close,
  dtype,
  EDGES,
  isUsable,
  RUNS,
  shape,
  size,
  someShape,
  spreadTo,
  tensor,
  useNative,
} from '../against-tfjs.ts';

describe.skipIf(!isUsable)('native', () => {
  beforeAll(async () => {
    await composed.start();
    await useNative();
  });
  afterAll(() => tf.setBackend('cpu'));

  describe('arithmetic', () => {
    const binary: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
      add: tf.add,
      sub: tf.sub,
      mul: tf.mul,
      div: tf.div,
      maximum: tf.maximum,
      minimum: tf.minimum,
      squaredDifference: tf.squaredDifference,
      pow: tf.pow,
      prelu: tf.prelu,
      equal: tf.equal,
      notEqual: tf.notEqual,
      greater: tf.greater,
      greaterEqual: tf.greaterEqual,
      less: tf.less,
      lessEqual: tf.lessEqual,
    };
    /** float32 from exact results of one operation: to the bit. */
    const toleranceOf = (name: string) => (name === 'pow' || name === 'squaredDifference' ? 4e-7 : 0);
    const pair = shape.chain((sizes) => fc.tuple(spreadTo(sizes), spreadTo(sizes)));

    it.each(Object.keys(binary))('%s over any shapes and types that broadcast', async (name) => {
      await fc.assert(
        fc.asyncProperty(pair, dtype, dtype, async ([a, b], aType, bType) => {
          await agree(() => binary[name]!(tensor('a', a, aType), tensor('b', b, bType)), toleranceOf(name));
        }),
        RUNS,
      );
      await agree(
        () => binary[name]!(tf.tensor2d(EDGES, [EDGES.length, 1]), tf.tensor1d(EDGES)),
        toleranceOf(name),
      );
    });

    it.each([1, 2, 3, 0.5, -2])('pow by %d', async (exponent) => {
      for (const x of [tensor('x', [3, 35]), tf.tensor1d(EDGES)])
        await agree(() => tf.pow(x.clone(), tf.scalar(exponent)), 4e-7);
    });

    it('of large tensors, cut among threads', async () => {
      for (const [a, b] of [
        [
          [300, 1, 129],
          [300, 7, 129],
        ],
        [[40001], [40001]],
        [
          [271, 300],
          [271, 1],
        ],
        [[], [90000]],
      ] as const)
        await agree(() => tf.sub(tensor('a', [...a]), tensor('b', [...b])));
    });

    it('of shapes that do not fit fails', () => {
      expect(() => tf.add(tf.zeros([2, 3]), tf.zeros([2]))).toThrow('could not be broadcast');
    });

    it('addN, and AccumulateInto in the memory of the sum', async () => {
      await agree(() => tf.addN(['a', 'b', 'c', 'd'].map((seed) => tensor(seed, [5, 7]))));
      await agree(() => tf.addN([tensor('a', [2])]));
      const into = tensor('a', [50]);
      const expected = tf.add(into, tensor('b', [50])).dataSync();
      expect(runKernel('AccumulateInto', { into, from: tensor('b', [50]) })).toEqual([]);
      expect(into.dataSync()).toEqual(expected);
    });
  });

  describe('functions of each element', () => {
    const unary: Record<string, (x: tf.Tensor) => tf.Tensor> = {
      exp: tf.exp,
      log: tf.log,
      tanh: tf.tanh,
      sigmoid: tf.sigmoid,
      softplus: tf.softplus,
      sqrt: tf.sqrt,
      rsqrt: tf.rsqrt,
      square: tf.square,
      reciprocal: tf.reciprocal,
      neg: tf.neg,
      abs: tf.abs,
      floor: tf.floor,
      relu: tf.relu,
      relu6: tf.relu6,
      elu: tf.elu,
      leakyRelu: (x) => tf.leakyRelu(x, 0.3),
      step: (x) => tf.step(x, 0.25),
      clipByValue: (x) => tf.clipByValue(x, -1, 2),
    };

    it.each(Object.keys(unary))('%s', async (name) => {
      for (const factor of [1e-4, 1, 30])
        await agree(() => unary[name]!(tensor('x', [3, 67]).mul(factor)), 1e-6);
      await agree(() => unary[name]!(tensor('x', [40000])), 4e-7);
      await agree(() => unary[name]!(tf.tensor1d(EDGES)), 4e-7);
      await agree(() => unary[name]!(tf.zeros([2, 0])));
    });

    it('of other types are left to tfjs', async () => {
      for (const name of ['exp', 'square', 'neg', 'abs', 'relu', 'clipByValue'])
        await agree(() => unary[name]!(tensor('x', [5], 'int32')), 4e-7);
    });

    it('erf, to what its formula gives', async () => {
      const [ours, theirs] = await bothWays(() => tf.erf(tensor('x', [999]).mul(2)));
      for (const [i, y] of ours![0]!.values.entries())
        expect(Math.abs(y - theirs![0]!.values[i]!)).toBeLessThan(5e-7);
    });

    it('softmax', async () => {
      await fc.assert(
        fc.asyncProperty(someShape, fc.constantFrom(1, 50), async (sizes, factor) => {
          await agree(() => tf.softmax(tensor('x', sizes).mul(factor)), 1e-6);
        }),
        RUNS,
      );
      await agree(() => tf.softmax(tf.tensor2d([[...EDGES], EDGES.map(() => -Infinity)])), 1e-6);
      await agree(
        () =>
          tf.softmax(
            tf.tensor2d([
              [1, -Infinity],
              [Infinity, 0],
            ]),
          ),
        1e-6,
      );
      await agree(() => tf.softmax(tensor('x', [300, 257])), 1e-6);
    });
  });

  describe('reductions', () => {
    const reductions = { sum: tf.sum, mean: tf.mean, prod: tf.prod, max: tf.max, min: tf.min };
    const names = Object.keys(reductions) as (keyof typeof reductions)[];
    const withAxes = shape.chain((sizes) =>
      fc.tuple(
        fc.constant(sizes),
        fc
          .subarray([...sizes.keys()])
          .chain((axes) => fc.tuple(...axes.map((d) => fc.constantFrom(d, d - sizes.length)))),
      ),
    );

    it.each(names)('%s over any axes', async (name) => {
      await fc.assert(
        fc.asyncProperty(withAxes, fc.boolean(), dtype, async ([sizes, axes], keep, type) => {
          await agree(() => reductions[name](tensor('x', sizes, type), axes, keep), 1e-6, 'all');
        }),
        RUNS,
      );
      await agree(() => reductions[name](tf.tensor2d(EDGES, [4, 4]), 0), 1e-6);
      await agree(() => reductions[name](tf.tensor2d(EDGES, [4, 4]), 1), 1e-6);
    });

    it.each([
      { sizes: [300000], axes: [0] },
      { sizes: [3000, 70], axes: [0] },
      { sizes: [3, 2500], axes: [0] },
      { sizes: [40, 50, 60], axes: [0, 2] },
      { sizes: [70, 3000], axes: [1] },
    ])('of $sizes over $axes: the same for any number of threads', async ({ sizes, axes }) => {
      const sums: Float32Array[] = [];
      for (const threads of [1, 2, 3]) {
        await useNative(threads);
        sums.push(Float32Array.from(tf.sum(tensor('x', sizes), axes).dataSync()));
      }
      expect(sums[1]).toEqual(sums[0]);
      expect(sums[2]).toEqual(sums[0]);
      await agree(() => tf.mean(tensor('x', sizes), axes), 1e-5, 'all');
    });
  });

  describe('matrix products', () => {
    const products = fc.record({
      sizes: fc.tuple(size, size, size),
      leading: fc
        .array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 })
        .chain((all) => fc.tuple(spreadTo(all), spreadTo(all))),
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
    });

    it('over any sizes, transposes and leading dimensions that broadcast', async () => {
      await fc.assert(
        fc.asyncProperty(products, async ({ sizes: [M, N, K], leading, transposeA, transposeB }) => {
          const a = tensor('a', [...leading[0], ...(transposeA ? [K, M] : [M, K])]);
          const b = tensor('b', [...leading[1], ...(transposeB ? [N, K] : [K, N])]);
          const y = tf.matMul(a, b, transposeA, transposeB);
          const [left, right] = [
            transposed(a, transposeA).expandDims(-1),
            transposed(b, transposeB).expandDims(-3),
          ];
          const expected = K * y.size === 0 ? tf.zerosLike(y) : tf.sum(tf.mul(left, right), -2);
          expect(y.shape).toEqual(
            tf.backend_util.assertAndGetBroadcastShape(leading[0], leading[1]).concat([M, N]),
          );
          close(y.dataSync(), expected.dataSync(), 1e-5);
        }),
        { numRuns: 150 },
      );
    });

    it('have tfjs’s values, shapes and types', async () => {
      for (const [a, b] of [
        [
          [67, 129],
          [129, 66],
        ],
        [
          [2, 3, 4],
          [4, 5],
        ],
        [
          [4, 5],
          [3, 5, 3],
        ],
        [
          [3, 4, 5],
          [3, 5, 2],
        ],
      ] as const) {
        await agree(() => tf.matMul(tensor('a', [...a]), tensor('b', [...b])), 1e-5, 'all');
        await agree(() => tf.matMul(tensor('a', [...a], 'int32'), tensor('b', [...b], 'int32')));
      }
    });

    it('that do not fit fail as tfjs’s do', () => {
      expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 5]))).toThrow('inner shapes (3) and (4)');
      expect(() => tf.matMul(tf.zeros([2, 3, 4]), tf.zeros([3, 4, 5]))).toThrow('could not be broadcast');
    });

    it.each([undefined, 'linear', 'relu', 'relu6', 'elu', 'sigmoid', 'prelu', 'leakyrelu'] as const)(
      'fused with bias and %s',
      async (activation) => {
        const fused = (bias: tf.Tensor | undefined) =>
          tf.fused.matMul({
            a: tensor('a', [5, 33]),
            b: tensor('b', [19, 33]),
            transposeB: true,
            ...(bias && { bias }),
            ...(activation && { activation }),
            ...(activation === 'prelu' && { preluActivationWeights: tensor('slope', [19]) }),
            leakyreluAlpha: 0.1,
          });
        await agree(() => fused(tensor('bias', [19])), 1e-5, 'all');
        await agree(() => fused(undefined), 1e-5, 'all');
      },
    );
  });

  it('trains a model of tfjs’s own layers as tfjs does, and leaves nothing behind', async () => {
    const gradients: Float32Array[][] = [];
    for (const start of [useNative, composed.start]) {
      await start();
      gradients.push(gradientsOfModel());
    }
    await useNative();
    expect(gradients[0]!.length).toBeGreaterThan(8);
    for (const [i, gradient] of gradients[0]!.entries()) close(gradient, gradients[1]![i]!, 1e-5);
  });
});

function transposed(x: tf.Tensor, wanted: boolean): tf.Tensor {
  const order = [...x.shape.keys()];
  return wanted ? tf.transpose(x, [...order.slice(0, -2), order.at(-1)!, order.at(-2)!]) : x;
}

function gradientsOfModel(): Float32Array[] {
  const init = (seed: number) => tf.initializers.randomNormal({ seed, stddev: 0.3 });
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: 11, outputDim: 6, embeddingsInitializer: init(1), inputLength: 5 }),
      tf.layers.lstm({
        units: 7,
        kernelInitializer: init(2),
        recurrentInitializer: init(3),
        returnSequences: true,
      }),
      tf.layers.layerNormalization(),
      tf.layers.dense({ units: 8, activation: 'relu', kernelInitializer: init(4) }),
      tf.layers.dense({ units: 11, activation: 'softmax', kernelInitializer: init(5) }),
    ],
  });
  const ids = tf.tensor2d([
    [1, 2, 3, 4, 5],
    [5, 5, 0, 10, 1],
  ]);
  const targets = tf
    .oneHot(
      tf.tensor2d(
        [
          [2, 3, 4, 5, 6],
          [5, 0, 10, 1, 9],
        ],
        [2, 5],
        'int32',
      ),
      11,
    )
    .cast('float32');
  const before = tf.memory().numTensors;
  const found = tf.tidy(() => {
    const loss = () =>
      tf.mean(
        tf.metrics.categoricalCrossentropy(targets, model.apply(ids, { training: true }) as tf.Tensor),
      ) as tf.Scalar;
    return Object.values(tf.variableGrads(loss).grads).map((gradient) =>
      Float32Array.from(gradient.dataSync()),
    );
  });
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
  tf.dispose([ids, targets]);
  return found;
}
