// An optimizer of one file and one line in the list, composed of plain tfjs ops, trains on every engine.

import { expect, it } from 'vitest';
import { OPTIMIZERS } from '../../src/optimizers/list.ts';
import type { OptimizerKind } from '../../src/optimizers/optimizer.ts';
import { describeOnAllBackends } from '../on-backends.ts';
import { leavingNothing } from '../ops/measure.ts';
import { signsgd } from './sign-sgd.ts';
import { GOLDEN, Trainee } from './trainee.ts';

const LIST: readonly OptimizerKind[] = [...OPTIMIZERS, signsgd];

describeOnAllBackends(() => {
  it('takes ten steps, of which one that is not finite changes nothing, and leaves nothing behind', async () => {
    await leavingNothing(async () => {
      const trainee = await Trainee.of(LIST.at(-1)!, { weightDecay: 0.5 });
      trainee.steps(0, GOLDEN.steps.length);
      trainee.steps(0, 1, { loss: Number.NaN });
      const values = await trainee.values();
      expect(Object.keys(values)).toEqual(Object.keys(GOLDEN.parameters));
      for (const [name, { data }] of Object.entries(values)) expect(data, name).toAgree(expected(name), 'op');
      trainee.dispose();
    });
  });
});

function expected(name: string): number[] {
  const { shape, data } = GOLDEN.parameters[name]!;
  const decay = shape.length >= 2 ? 0.5 : 0;
  return data.map((start, i) =>
    GOLDEN.steps.reduce((value, { learningRate, gradients }) => {
      return value - learningRate * (Math.sign(gradients[name]!.data[i]!) + decay * value);
    }, start),
  );
}
