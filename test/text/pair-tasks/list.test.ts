// What holds of every generated task: pairs are drawn from a seed, and a source has one target.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyFor } from '../../../src/base/random.ts';
import { PAIR_TASKS, pairTaskNamed } from '../../../src/text/pair-tasks/list.ts';
import { pairsOfTask } from '../../../src/text/pair-tasks/pair-task.ts';
import { all } from '../chunks.ts';

describe.each(PAIR_TASKS)('$name', (task) => {
  it('is a pure function of the seed and the number', async () => {
    const source = pairsOfTask(task, { count: 20, seed: 3 });
    expect(source.description).toBe(`${task.name} (20 pairs, seed 3)`);
    const pairs = await all(source.pairs());
    expect(await all(source.pairs())).toEqual(pairs);
    expect(pairs).toEqual(pairs.map((_, i) => task.write(keyFor(3, task.name, i))));
    expect(await all(pairsOfTask(task, { count: 20, seed: 4 }).pairs())).not.toEqual(pairs);
  });

  it('has several targets for a source only where its ceiling is below 1', () => {
    const targets = new Map<string, string>();
    let several = 0;
    for (let i = 0; i < 4000; i++) {
      const { source, target } = task.write(keyFor(1, task.name, i));
      expect(source.length * target.length, source).toBeGreaterThan(0);
      if ((targets.get(source) ?? target) !== target) several++;
      targets.set(source, target);
    }
    expect(several > 0).toBe(task.ceiling < 1);
    expect(task.ceiling).toBeLessThanOrEqual(1);
  });
});

it('the tasks have the checksum of this version, so that a change of their pairs is never an accident', () => {
  const pairs = PAIR_TASKS.map((task) =>
    Array.from({ length: 50 }, (_, i) => task.write(keyFor(1, task.name, i))),
  );
  expect(createHash('sha256').update(JSON.stringify(pairs)).digest('hex')).toMatchInlineSnapshot(
    `"c4ad867d259e43a0eeb086150b68a6597ed801c30bdd894b65b4fa8c81adf073"`,
  );
});

it('a name is that of one task, and builtin:reverse takes a size', () => {
  for (const task of PAIR_TASKS) expect(pairTaskNamed(task.name)).toBe(task);
  expect(pairTaskNamed('builtin:reverse-3')?.name).toBe('builtin:reverse-3');
  for (const name of ['builtin:dates-3', 'builtin:date', 'builtin:stories', 'dates', 'reverse-3'])
    expect(pairTaskNamed(name), name).toBe(undefined);
  for (const size of ['', '0', '-1', '1.5', '12345', 'x'])
    expect(() => pairTaskNamed(`builtin:reverse-${size}`)).toThrow(
      'expected a whole number from 1 to 9999 for builtin:reverse-<n>',
    );
});
