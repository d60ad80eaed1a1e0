// adamW as a user of memory: it leaves nothing behind, and the kernel writes where the numbers already are.

import { expect, it } from 'vitest';
import * as tf from '#tfjs';
import { adamW } from '../../src/ops/index.ts';
import { itemOf } from './adam-w-item.ts';
import { testBackends } from './backends.ts';
import { leavingNothing } from './measure.ts';

const { present } = await testBackends();

const SETTINGS = { learningRate: 0.1, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, step: 1, clip: 0 };

it.each(present)('leaves nothing behind on $name, and keeps its variables', async (backend) => {
  await backend.start();
  const items = [itemOf([2, 3]), itemOf([5])];
  const measures = { loss: tf.scalar(1), norm: tf.scalar(2 * Math.sqrt(11)) };
  await leavingNothing(async () => adamW(items, SETTINGS, measures));
  for (const { parameter, mean, square } of items) {
    expect(new Set(await parameter.data())).toEqual(new Set([Math.fround(0.9)])); // 1 less the learning rate
    expect((await mean.data())[0]).toBeCloseTo(0.2, 6);
    expect((await square.data())[0]).toBeCloseTo(0.2, 6);
  }
  tf.dispose(measures);
  tf.dispose(items.map((item) => Object.values(item).filter((value) => value instanceof tf.Tensor)));
});

it('writes in place on plain', async () => {
  await present.find(({ name }) => name === 'plain')!.start();
  const { parameter, mean, square } = itemOf([7]);
  const variables = [parameter, mean, square];
  const before = variables.map(({ dataId }) => dataId);
  const memory = await Promise.all(variables.map((variable) => variable.data()));
  const item = { parameter, mean, square, gradient: tf.fill([7], 2), weightDecay: 0 };
  adamW([item], SETTINGS, { loss: tf.scalar(1), norm: tf.scalar(2 * Math.sqrt(7)) });
  for (const [i, variable] of variables.entries()) {
    expect(variable.dataId).toBe(before[i]);
    expect(await variable.data()).toBe(memory[i]);
  }
});
