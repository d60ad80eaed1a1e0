// Muon beside AdamW: which parameters are whose, and one of them without any.
import { expect, it } from 'vitest';
import { z } from 'zod';
import * as tf from '#tfjs';
import type { Role } from '../../src/layers/parameters.ts';
import { adamw } from '../../src/optimizers/adam-w.ts';
import { muon } from '../../src/optimizers/muon.ts';
import type { OptimizerKind } from '../../src/optimizers/optimizer.ts';
import { describeOnAllBackends } from '../on-backends.ts';
import { leavingNothing } from '../ops/measure.ts';

/** A matrix of such a role after two steps. */
async function stepped(kind: OptimizerKind, role: Role): Promise<number[]> {
  const { create } = await kind.load();
  const values = (scale: number) =>
    tf.tensor2d(
      [1, -2, 3, 4, 5, -6].map((value) => scale * value),
      [2, 3],
    );
  const [initial, gradient, loss, norm] = [values(0.5), values(0.1), tf.scalar(1), tf.scalar(2)];
  const weight = tf.variable(initial);
  const settings = { ...z.object(muon.settings).parse({}), weightDecay: 0.5 };
  const optimizer = create(new Map([['weight', weight]]), () => role, settings);
  const update = { learningRate: 0.1, clip: 1, loss, norm };
  for (let step = 0; step < 2; step++) optimizer.update(new Map([['weight', gradient]]), update);
  expect(optimizer.steps).toBe(2);
  const result = [...(await weight.data())];
  optimizer.dispose();
  tf.dispose([weight, initial, gradient, loss, norm]);
  return result;
}

describeOnAllBackends(() => {
  it.each<Role>(['embedding', 'head', 'vector'])(
    'a parameter that is %s takes AdamW’s steps, to the bit',
    async (role) => {
      expect(await stepped(muon, role)).toEqual(await stepped(adamw, role));
    },
  );

  it('matrices alone, as an adapter’s are, leave AdamW nothing to do and nothing behind', async () => {
    await leavingNothing(async () => {
      expect(await stepped(muon, 'matrix')).not.toEqual(await stepped(adamw, 'matrix'));
    });
  });
});
