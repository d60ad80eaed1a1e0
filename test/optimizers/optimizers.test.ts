// Every optimizer in every golden setting on every engine: PyTorch's numbers (Lion's paper's), the same bits when it goes on
// from a checkpoint, and nothing left behind.

import { describe, expect, it } from 'vitest';
import { OPTIMIZERS, optimizerNamed } from '../../src/optimizers/list.ts';
import { describeOnAllBackends } from '../on-backends.ts';
import { leavingNothing } from '../ops/measure.ts';
import { GOLDEN, roleOf, Trainee } from './trainee.ts';

const CASES = GOLDEN.cases.map((golden) => ({
  ...golden,
  kind: optimizerNamed(golden.optimizer),
  title: `${golden.optimizer} ${JSON.stringify(golden.settings)}`,
}));
const ALL = GOLDEN.steps.length;

it('there are golden numbers for every optimizer', () => {
  expect([...new Set(CASES.map(({ kind }) => kind))]).toEqual(OPTIMIZERS);
});

describeOnAllBackends(() =>
  describe.each(CASES)('$title', ({ kind, settings, finalParameters, state }) => {
    it('gives the golden parameters and state after ten steps, and leaves nothing behind', async () => {
      await leavingNothing(async () => {
        const trainee = await Trainee.of(kind, settings);
        trainee.steps(0, ALL);
        const values = await trainee.values();
        const expected = { ...finalParameters, ...state };
        expect(Object.keys(values).sort()).toEqual(Object.keys(expected).sort());
        for (const [name, { shape, data }] of Object.entries(expected)) {
          expect(values[name]!.shape).toEqual(shape);
          expect(values[name]!.data, name).toAgree(data, 'trained');
        }
        trainee.dispose();
      });
    });

    it('goes on from a checkpoint to the same bits, over a step that was not finite', async () => {
      const whole = await Trainee.of(kind, settings);
      whole.steps(0, 4);
      whole.steps(4, 5, { loss: Number.NaN });
      const middle = await whole.values();
      whole.steps(5, ALL);
      const resumed = await Trainee.of(kind, settings);
      resumed.restore(middle, 5);
      resumed.steps(5, ALL);
      expect(await resumed.values()).toEqual(await whole.values());
      for (const trainee of [whole, resumed]) trainee.dispose();
    });

    it('changes nothing in a step whose loss is not finite', async () => {
      const trainee = await Trainee.of(kind, settings);
      trainee.steps(0, 3);
      const before = await trainee.values();
      for (const loss of [Number.NaN, Infinity]) trainee.steps(3, 4, { loss });
      expect(await trainee.values()).toEqual(before);
      trainee.dispose();
    });

    it('keeps as many floats of state as it says', async () => {
      const trainee = await Trainee.of(kind, settings);
      const expected = Object.entries(GOLDEN.parameters).map(
        ([name, { data }]) => data.length * kind.statePerParameter(settings, roleOf(name)),
      );
      const kept = [...trainee.state.values()].map(({ size }) => size);
      expect(sum(kept)).toBe(sum(expected));
      trainee.dispose();
    });
  }),
);

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
