// A split that several ranks measure together: each measures its turn's parts, and all get what one process alone does.
import { expect, it } from 'vitest';
import { startBackend } from '../../src/backends/index.ts';
import type { Collective } from '../../src/collectives/collective.ts';
import { dealt } from '../../src/tasks/dealt.ts';
import { evaluate } from '../../src/tasks/next-token/evaluate.ts';
import { standIns } from '../collectives/stand-in.ts';
import { TEXT, tinyModel } from '../training/stand-ins.ts';

it('every rank gets what was measured of all parts, in their order, and measures its own alone', async () => {
  const parts = [1, 2, 3, 4, 5].map((id) => ({ id }));
  const all = parts.map((part) => [part, part.id, -part.id]);
  const measuredBy = async (ranks: Collective) => {
    const own: number[] = [];
    const measured: unknown[] = [];
    const measure = async ({ id }: { id: number }) => {
      own.push(id);
      return [id, -id];
    };
    for await (const one of dealt(parts, ranks, 2, measure)) measured.push(one);
    return { own, measured };
  };
  expect(await Promise.all(standIns(3).map(measuredBy))).toEqual([
    { own: [1, 4], measured: all },
    { own: [2, 5], measured: all },
    { own: [3], measured: all },
  ]);
});

it('the loss of a text has the bits of one process', async () => {
  await startBackend('plain');
  const model = tinyModel();
  const alone = await evaluate(model, TEXT, {});
  const together = await Promise.all(standIns(2).map((ranks) => evaluate(model, TEXT, { ranks })));
  expect(together).toEqual([alone, alone]);
});
