// native's kernels beyond the table of op cases: chunks of tokens, the number of threads, and what they refuse.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { startBackend } from '../../../src/backends/index.ts';
import { loadAddon, loadedAddon } from '../../../src/backends/native/addon.ts';
import { nativeEngine } from '../../../src/backends/native/index.ts';
import * as ops from '../../../src/ops/index.ts';
import { leavingNothing } from '../../ops/measure.ts';
import { normal, whole } from '../../ops/op-case.ts';
import { crossEntropy as crossEntropyReference } from '../../ops/reference.ts';

const state = loadAddon();
const missing = 'reason' in state ? state.reason : undefined;

const random = (seed: string, ...shape: number[]) => Float32Array.from(normal(seed, shape).data);
const ids = (seed: string, count: number, below: number) => Int32Array.from(whole(seed, [count], below).data);

const output = (size: number) => new Float32Array(size);

describe.skipIf(missing)(missing ?? 'native’s', () => {
  beforeAll(() => startBackend('native', { precision: 'fp32' }));

  describe('crossEntropy in chunks of tokens', () => {
    const [N, C, V] = [100, 5, 7];
    const x = normal('x', [N, C]);
    const weight = normal('weight', [V, C]);
    const bias = normal('bias', [V]);
    const targets = { shape: [N], data: whole('targets', [N], V).data.map((t, n) => (n % 5 === 3 ? -1 : t)) };

    function inChunks(held: number) {
      const array = (size: number) => new Float32Array(size).fill(NaN);
      const gradients = [array(N * C), array(V * C), array(V)] as const;
      const floats = (from: number[]) => Float32Array.from(from);
      const inputs = [floats(x.data), floats(weight.data), floats(bias.data)] as const;
      const ids = Int32Array.from(targets.data);
      const loss = nativeEngine().ops.crossEntropy(N, C, V, ...inputs, ids, held, ...gradients);
      return { loss, gradients };
    }

    it.each([1, 32 * V, 50 * V, 70 * V, 96 * V])('%i logits at a time', (held) => {
      const { loss, gradients } = inChunks(held);
      const expected = crossEntropyReference(x, weight, bias, targets).data[0]!;
      expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-6);
      const whole = inChunks(N * V + 1000).gradients; // proved by the table of op cases
      for (const [i, gradient] of gradients.entries()) expect(gradient).toAgree(whole[i]!, 1e-6);
    });
  });

  describe('loss', () => {
    const loss = (x: tf.Tensor) =>
      ops.crossEntropy(
        x as tf.Tensor2D,
        tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]),
        undefined,
        tf.tensor1d([2, 0], 'int32'),
      );

    it('gives its gradient as it is, and twice as much where it counts twice', async () => {
      await leavingNothing(async () => {
        tf.tidy(() => {
          const x = tf.tensor2d([0.1, 0.2, -0.3, 0.4], [2, 2]);
          const once = tf.grad(loss)(x).dataSync();
          const twice = tf
            .grad((x) => loss(x).mul(2))(x)
            .dataSync();
          expect(once.some((value) => value !== 0)).toBe(true);
          expect(twice).toEqual(once.map((value) => 2 * value));
        });
      });
    });

    it('is the same without a gradient', () => {
      tf.tidy(() => {
        const x = tf.tensor2d([0.1, 0.2, -0.3, 0.4], [2, 2]);
        expect(loss(x).dataSync()).toEqual(tf.valueAndGrad(loss)(x).value.dataSync());
      });
    });

    it('is not a number where an input is not', () => {
      tf.tidy(() => {
        expect(loss(tf.tensor2d([0.1, NaN, -0.3, 0.4], [2, 2])).dataSync()).toEqual(Float32Array.of(NaN));
      });
    });
  });

  describe('result does not depend on the number of threads', () => {
    afterAll(() => loadedAddon().addon.setThreads(loadedAddon().addon.cores()));

    const matrix = (rows: number, columns: number) => random(`${rows}×${columns}`, rows, columns);
    const DECAYS = Float32Array.of(0.01, 0);
    /** Two parameters of unlike sizes, their gradients, running means and running means of squares. */
    const parameters = () => {
      const list = (seed: number) => [random(`a${seed}`, 20000), random(`b${seed}`, 7)];
      const squares = list(4).map((v) => v.map((value) => value * value));
      return [list(1), list(2), list(3), squares] as const;
    };
    const RUNS: Record<string, () => Float32Array[]> = {
      adamW: () => {
        const [p, g, m, v] = parameters();
        nativeEngine().ops.adamW(p, g, m, v, DECAYS, 0.1, 0.9, 0.95, 1e-8, 3, 0.5);
        return [p, m, v].flat();
      },
      sgd: () => {
        const [p, g, m] = parameters();
        nativeEngine().ops.sgd(p, g, m, DECAYS, 0.1, 0.9, true, 0.5);
        return [p, m].flat();
      },
      rmsProp: () => {
        const [p, g, m, v] = parameters();
        nativeEngine().ops.rmsProp(p, g, v, m, DECAYS, 0.1, 0.95, 0.9, 1e-8, 0.5);
        return [p, m, v].flat();
      },
      lion: () => {
        const [p, g, m] = parameters();
        nativeEngine().ops.lion(p, g, m, DECAYS, 0.1, 0.9, 0.95, 0.5);
        return [p, m].flat();
      },
      globalNorm: () => [
        Float32Array.of(nativeEngine().ops.globalNorm([random('a', 50000), random('b', 3)], null)),
      ],
      layerNorm: () => {
        const [x, dy, weight] = [matrix(300, 65), matrix(300, 65), random('weight', 65)];
        const sizes = [300 * 65, 300, 300, 300 * 65, 65, 65];
        const [y, means, scales, dx, dWeight, dBias] = sizes.map(output) as [Float32Array, ...Float32Array[]];
        nativeEngine().ops.layerNorm(300, 65, 1e-5, x, weight, weight, y, means!, scales!);
        nativeEngine().ops.layerNormGrad(300, 65, dy, x, weight, means!, scales!, dx!, dWeight!, dBias!);
        return [y, dx!, dWeight!, dBias!];
      },
      rmsNorm: () => {
        const [x, dy, weight] = [matrix(300, 65), matrix(300, 65), random('weight', 65)];
        const [y, scales, dx, dWeight] = [300 * 65, 300, 300 * 65, 65].map(output) as [
          Float32Array,
          ...Float32Array[],
        ];
        nativeEngine().ops.rmsNorm(300, 65, 1e-5, x, weight, y, scales!);
        nativeEngine().ops.rmsNormGrad(300, 65, dy, x, weight, scales!, dx!, dWeight!);
        return [y, dx!, dWeight!];
      },
      activate: () => {
        const [y, dx, dUp] = [output(40001), output(40001), output(40001)];
        const [x, up] = [random('x', 40001), random('up', 40001)];
        nativeEngine().ops.activate(0, 40001, x, up, y);
        nativeEngine().ops.activateGrad(0, 40001, random('dy', 40001), x, up, dx, dUp);
        return [y, dx, dUp];
      },
      packHeads: () => {
        const sizes = [2, 1000, 4, 2, 4, 2000, random('rotations', 2000, 4), null] as const;
        const [q, k] = [random('q', 2000 * 16), random('k', 2000 * 8)];
        const [qkv, dq, dk, dv] = [32, 16, 8, 8].map((width) => output(2000 * width)) as [
          Float32Array,
          ...Float32Array[],
        ];
        nativeEngine().ops.packHeads(...sizes, q, k, k, qkv);
        nativeEngine().ops.packHeadsGrad(...sizes, qkv, dq!, dk!, dv!);
        return [qkv, dq!, dk!, dv!];
      },
      embeddingGrad: () => {
        const gradient = output(300 * 33);
        nativeEngine().ops.embeddingGrad(500, 300, 33, matrix(500, 33), ids('ids', 500, 300), gradient);
        return [gradient];
      },
      crossEntropy: () => {
        const [N, C, V] = [300, 9, 600];
        const [dx, dWeight, dBias] = [output(N * C), output(V * C), output(V)];
        const inputs = [matrix(N, C), matrix(V, C), random('bias', V), ids('targets', N, V)] as const;
        const loss = nativeEngine().ops.crossEntropy(N, C, V, ...inputs, 128 * V, dx, dWeight, dBias);
        return [Float32Array.of(loss), dx, dWeight, dBias];
      },
      geluErf: () => {
        const [y, dx] = [output(40001), output(40001)];
        nativeEngine().ops.geluErf(40001, random('x', 40001), y);
        nativeEngine().ops.geluErfGrad(40001, random('dy', 40001), random('x', 40001), dx);
        return [y, dx];
      },
      dropout: () => {
        const y = output(40001);
        nativeEngine().ops.dropout(40001, 0.3, 1, 2, random('x', 40001), y);
        return [y];
      },
    };

    it.each(Object.keys(RUNS))('%s', (name) => {
      const [one, three] = [1, 3].map((threads) => {
        loadedAddon().addon.setThreads(threads);
        return RUNS[name]!();
      });
      expect(three).toEqual(one);
    });
  });

  it.each<[string, () => unknown, string]>([
    [
      'an id beyond the table',
      () => ops.embedding(tf.zeros([3, 2]), tf.tensor1d([0, 3], 'int32')),
      'embedding: expected ids below 3, but got 3',
    ],
    [
      'a negative id',
      () => ops.embedding(tf.zeros([3, 2]), tf.tensor1d([-1], 'int32')),
      'embedding: expected ids below 3, but got -1',
    ],
    [
      'a target beyond the vocabulary',
      () => ops.crossEntropy(tf.zeros([1, 2]), tf.zeros([3, 2]), undefined, tf.tensor1d([3], 'int32')),
      'crossEntropy: expected targets below 3, but got 3',
    ],
    [
      'a position beyond the table',
      () => {
        const [q, rotations] = [tf.zeros<tf.Rank.R3>([1, 2, 2]), tf.zeros<tf.Rank.R2>([3, 2])];
        const starts = tf.tensor1d([2], 'int32');
        return ops.packHeads({ q, k: q, v: q, heads: 1, kvHeads: 1 }, { rotations, starts });
      },
      'packHeads: expected positions below 3, but got 3',
    ],
    [
      'a head of an odd size that is to turn',
      () =>
        nativeEngine().ops.packHeads(
          1,
          1,
          1,
          1,
          3,
          1,
          output(3),
          null,
          output(3),
          output(3),
          output(3),
          output(9),
        ),
      'packHeads: expected heads of an even size, which turn in pairs, but got 3',
    ],
    [
      'an activation that there is not',
      () => nativeEngine().ops.activate(3, 1, output(1), null, output(1)),
      'activate: expected an activation below 3, but got 3',
    ],
    [
      'an optimizer’s state that is missing',
      () => Reflect.apply(nativeEngine().ops.adamW, undefined, [[output(2)], [output(2)], null]),
      'adamW: expected m to be an array',
    ],
    [
      'one that is missing for some',
      () => nativeEngine().ops.sgd([output(2)], [output(2)], [], output(1), 1, 1, false, 1),
      'sgd: expected m to have 1 entries, but got 0',
    ],
    [
      'one of another length',
      () => nativeEngine().ops.lion([output(2)], [output(2)], [output(3)], output(1), 1, 1, 1, 1),
      'lion: expected m to have 2 elements, but got 3',
    ],
  ])('%s is refused', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
