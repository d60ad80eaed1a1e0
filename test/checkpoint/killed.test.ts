// A process that is killed while it saves loses nothing that was saved before.
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { removeLeftovers } from '../../src/base/leftovers.ts';
import { keyFor, Stream } from '../../src/base/random.ts';
import { checkpointName } from '../../src/checkpoint/list.ts';
import { listCheckpoints, loadCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { killsOf, timeFor } from '../kills.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { startTypeScript } from '../typescript-child.ts';
import { example, GPT, LSTM } from './example.ts';

let run: string;
beforeEach(() => {
  run = temporaryFolder();
});

const SAVER = new URL('save-forever.ts', import.meta.url);

async function saveAndKill(arch: string, firstStep: number, afterMs: number): Promise<void> {
  const child = startTypeScript(SAVER, [run, arch, firstStep]);
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), ended]);
  await setTimeout(afterMs);
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
}

const cases = [
  { model: GPT, kills: killsOf('save gpt') },
  { model: LSTM, kills: killsOf('save lstm') },
].filter(({ kills }) => kills > 0);

it.each(cases)(
  'after $kills kills during saving, every checkpoint of a $model.arch that has its name is whole, and the rest is removed',
  timeFor(cases[0]!.kills),
  async ({ model, kills }) => {
    const random = new Stream(keyFor(2026, `kill ${model.arch}`));
    let [kept, swept] = [0, 0];
    // Nearly every kill comes in the middle of a save; at least one has to.
    for (let kill = 0; kill < kills || (swept === 0 && kill < kills + 20); kill++) {
      await saveAndKill(model.arch, kept + 1, 3 + 70 * random.uniform());
      const steps = (await listCheckpoints(run)).map((name) => Number(name.slice('step-'.length)));
      const first = Math.max(1, kept);
      expect(steps).toEqual(steps.map((_, i) => first + i));
      for (const step of steps) await expectWhole(checkpointName(step), model, step);
      swept += (await removeLeftovers(run)).length;
      expect((await readdir(run)).sort()).toEqual(['last', ...steps.map(checkpointName)]);
      kept = steps.at(-1)!;
      const last = await loadCheckpoint(join(run, 'last'), { optimizer: true });
      await expectWhole('last', model, Number(last.state!.step));
      expect(last.state!.step).toBeGreaterThanOrEqual(kept - 1);
      for (const step of steps.slice(0, -1)) await rm(join(run, checkpointName(step)), { recursive: true });
    }
    expect(swept).toBeGreaterThan(0);
  },
);

async function expectWhole(name: string, model: typeof GPT, step: number): Promise<void> {
  const read = await loadCheckpoint(join(run, name), { optimizer: true });
  const saved = example(step, 20_000, model);
  expect(read).toMatchObject({ model, state: saved.state });
  for (const kind of ['parameters', 'optimizer'] as const)
    for (const [key, { shape, data }] of saved[kind]!) {
      expect(read[kind]!.get(key)).toMatchObject({ shape });
      expect(Buffer.compare(Buffer.from(read[kind]!.get(key)!.data.buffer), Buffer.from(data.buffer))).toBe(
        0,
      );
    }
}
