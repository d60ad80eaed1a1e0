// A process that is killed while it saves loses nothing that was saved before.
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeLeftovers } from '../../src/base/atomic-files.ts';
import { checkpointName } from '../../src/checkpoint/list.ts';
import { listCheckpoints, loadCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { startTypeScript } from '../typescript-child.ts';
import { example } from './example.ts';

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'tsgpt-killed-'));
});
afterEach(() => rm(run, { recursive: true, force: true }));

const SAVER = new URL('save-forever.ts', import.meta.url);

async function saveAndKill(firstStep: number, afterMs: number): Promise<void> {
  const child = startTypeScript(SAVER, [run, firstStep]);
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), ended]);
  await setTimeout(afterMs);
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
}

it('after a kill during saving, every checkpoint that has its name is whole, and the rest is removed', {
  timeout: 60_000,
}, async () => {
  let swept = 0;
  // Nearly every kill comes in the middle of a save; at least one has to.
  for (let round = 0; round < 3 || (swept === 0 && round < 20); round++) {
    const before = await listCheckpoints(run);
    await saveAndKill(before.length + 1, 3 + 23 * round);
    const names = await listCheckpoints(run);
    expect(names.slice(0, before.length)).toEqual(before);
    for (const [i, name] of names.entries()) {
      const step = i + 1;
      expect(name).toBe(checkpointName(step));
      const { parameters, optimizer, state } = await loadCheckpoint(join(run, name), { optimizer: true });
      expect(state).toEqual(example(step).state);
      for (const read of [parameters.get('wte.weight')!, optimizer!.get('m.wte.weight')!]) {
        const first = read === parameters.get('wte.weight') ? step : step + 0.5;
        expect(read.data.every((value, j) => value === Math.fround(first + j / 8))).toBe(true);
      }
    }
    swept += (await removeLeftovers(run)).length;
    expect((await readdir(run)).sort()).toEqual(['last', ...names]);
    const last = await loadCheckpoint(join(run, 'last'), { optimizer: true });
    expect(last.state!.step).toBeGreaterThanOrEqual(names.length - 1);
  }
  expect(swept).toBeGreaterThan(0);
});
