// Optimizers' updates as users of memory: they leave nothing behind, and a kernel writes where the numbers already are.

import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import * as ops from '../../src/ops/index.ts';
import { hasKernel } from '../../src/ops/kernel.ts';
import { itemOf } from './adam-w-item.ts';
import { testBackends } from './backends.ts';
import { leavingNothing } from './measure.ts';

const { present, absent } = await testBackends();

for (const { name, reason } of absent) it.skip(`${name} is not here: ${reason}`, () => {});

const STEP = { learningRate: 0.1, step: 1, clip: 0 };

type Items = Parameters<typeof ops.adamW>[0] & Parameters<typeof ops.rmsProp>[0];

interface FirstStep {
  op: string;
  kernel: string;
  update(items: Items, measures: ops.UpdateMeasures): void;
  /** Of a parameter of ones, a gradient of twos and a state of zeros. */
  after: Record<string, number>;
}

const FIRST_STEPS: FirstStep[] = [
  {
    op: 'adamW',
    kernel: 'AdamW',
    update: (items, measures) =>
      ops.adamW(items, { ...STEP, beta1: 0.9, beta2: 0.95, epsilon: 1e-8 }, measures),
    after: { parameter: 0.9, mean: 0.2, square: 0.2 }, // 1 less the learning rate
  },
  {
    op: 'sgd',
    kernel: 'Sgd',
    update: (items, measures) => ops.sgd(items, { ...STEP, momentum: 0.9, nesterov: true }, measures),
    after: { parameter: 1 - 0.1 * (2 + 0.9 * 2), momentum: 2 },
  },
  {
    op: 'rmsProp',
    kernel: 'RmsProp',
    update: (items, measures) =>
      ops.rmsProp(items, { ...STEP, smoothing: 0.75, momentum: 0.9, epsilon: 1e-8 }, measures),
    after: { parameter: 1 - 0.1 * 2, square: 1, momentum: 2 },
  },
  {
    op: 'lion',
    kernel: 'Lion',
    update: (items, measures) => ops.lion(items, { ...STEP, beta1: 0.9, beta2: 0.95 }, measures),
    after: { parameter: 0.9, mean: 0.1 },
  },
];

describe.each(FIRST_STEPS)('$op', ({ kernel, update, after }) => {
  it.each(present)('on $name leaves nothing behind, and keeps its variables', async (backend) => {
    await backend.start();
    const items = [fullItem([2, 3]), fullItem([5])];
    const measures = { loss: tf.scalar(1), norm: tf.scalar(2 * Math.sqrt(11)) };
    const before = items.map(idsOf);
    await leavingNothing(async () => update(items, measures));
    if (hasKernel(kernel)) expect(items.map(idsOf)).toEqual(before);
    for (const item of items) {
      for (const [name, value] of Object.entries(after)) {
        const values = [...(await variablesOf(item)[name]!.data())];
        expect(new Set(values).size).toBe(1);
        expect(values[0], name).toBeCloseTo(value, 6);
      }
      tf.dispose([Object.values(variablesOf(item)), item.gradient]);
    }
    tf.dispose(measures);
  });

  it.each(present)('on $name leaves all as it was where a measure is not finite', async (backend) => {
    await backend.start();
    const item = fullItem([5]);
    const fine = tf.scalar(1);
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      const bad = tf.scalar(value);
      for (const measures of [
        { loss: bad, norm: fine },
        { loss: fine, norm: bad },
      ])
        update([item], measures);
      bad.dispose();
    }
    for (const [name, variable] of Object.entries(variablesOf(item)))
      expect([...(await variable.data())]).toEqual(Array(5).fill(name === 'parameter' ? 1 : 0));
    tf.dispose([Object.values(variablesOf(item)), item.gradient, fine]);
  });
});

it('adamW writes where the numbers are on plain', async () => {
  await present.find(({ name }) => name === 'plain')!.start();
  const item = fullItem([7]);
  const { momentum, ...variables } = variablesOf(item);
  const memory = await Promise.all(Object.values(variables).map((variable) => variable.data()));
  FIRST_STEPS[0]!.update([item], { loss: tf.scalar(1), norm: tf.scalar(2 * Math.sqrt(7)) });
  for (const [i, variable] of Object.values(variables).entries())
    expect(await variable.data()).toBe(memory[i]);
  tf.dispose([Object.values(variables), momentum!, item.gradient]);
});

/** A parameter of ones with a gradient of twos, and all that any optimizer keeps. */
function fullItem(shape: number[]): Items[number] {
  return { ...itemOf(shape), momentum: tf.tidy(() => tf.variable(tf.zeros(shape))) };
}

function variablesOf(item: Items[number]): Record<string, tf.Variable> {
  const variables = Object.entries(item).filter(([, value]) => value instanceof tf.Variable);
  return Object.fromEntries(variables) as Record<string, tf.Variable>;
}

function idsOf(item: Items[number]): unknown[] {
  return Object.values(variablesOf(item)).map(({ dataId }) => dataId);
}
