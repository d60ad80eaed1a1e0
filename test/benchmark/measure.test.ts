// Measuring speed: what is counted, when it stops, and that the steps it times are steps of training.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as tf from '#tfjs';
import type { Benchmark } from '../../src/architectures/architecture.ts';
import { startBackend } from '../../src/backends/index.ts';
import { isEnough, measure, trainingFlops } from '../../src/benchmark/measure.ts';
import { OpOptimizer } from '../../src/optimizers/op-optimizer.ts';
import { emptyModel } from '../made-models.ts';

beforeAll(() => startBackend('plain'));

const [V, T, L, C, B] = [11, 8, 2, 16, 3];
const TINY: Benchmark = {
  about: 'tiny',
  model: { arch: 'gpt', vocabSize: V, context: T, layers: L, width: C, heads: 2, dropout: 0 },
  batchSize: B,
};
/** Twelve squares a block, scores and their sum over T positions, the head: two a multiply-add, three passes' worth. */
const FLOPS = 3 * (L * (24 * C * C + 4 * C * T) + 2 * V * C);

describe('measure', () => {
  it('tells of the median step, by definition, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const times: number[] = [];
    const measured = await measure(TINY, { steps: 3, onStep: (timed, ms) => times.push(timed, ms) });
    expect(tf.memory().numTensors).toBe(before);

    expect(times.filter((_, i) => i % 2 === 0)).toEqual([0, 0, 1, 2, 3]); // two to warm up
    const [, middle] = [times[5]!, times[7]!, times[9]!].sort((a, b) => a - b);
    expect(measured).toMatchObject({
      steps: 3,
      parameters: V * C + T * C + L * (12 * C * C + 13 * C) + 2 * C,
    });
    expect(measured.msPerStep).toBeCloseTo(middle!, 9);
    expect(measured.tokensPerSecond).toBeCloseTo((B * T * 1000) / middle!, 6);
    expect(measured.gflopsPerSecond).toBeCloseTo((B * T * FLOPS) / (middle! * 1e6), 9);
  });

  it('trains: every step is an update, clipped, from the same weights on the same tokens each time', async () => {
    const update = vi.spyOn(OpOptimizer.prototype, 'update');
    const first = await measure(TINY, { steps: 2 });
    const calls = update.mock.calls.map(([, { learningRate, clip }]) => ({ learningRate, clip }));
    update.mockRestore();
    expect(calls).toEqual(Array(4).fill({ learningRate: 1e-3, clip: 1 }));
    expect(Math.abs(first.loss - Math.log(V))).toBeLessThan(0.1); // nothing can be known of a random token
    expect((await measure(TINY, { steps: 2 })).loss).toBe(first.loss);
  });
});

it('trainingFlops is three times the formula of a forward pass', () => {
  const model = emptyModel(TINY.model);
  expect(trainingFlops(model)).toBe(FLOPS);
  model.dispose();
});

it.each([
  [9, 29_999, false],
  [10, 4_999, false],
  [10, 5_000, true],
  [400, 4_999, false],
  [1, 30_000, true],
  [0, 0, false],
])('%d steps in %d ms: enough is %s', (steps, ms, expected) => {
  expect(isEnough(steps, ms)).toBe(expected);
});
