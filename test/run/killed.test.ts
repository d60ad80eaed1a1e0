// A real process killed at random instants, many of them in the middle of a save, and resumed each time,
// ends with the log and the bits of the run that was never killed.
import { watch } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { keyFor, Stream } from '../../src/base/random.ts';
import { checkpointName } from '../../src/checkpoint/list.ts';
import { listCheckpoints } from '../../src/checkpoint/on-disk.ts';
import { hasRun } from '../../src/run/record.ts';
import { missing } from '../on-backends.ts';
import { start, trainWordsOn, tsgpt } from './cli.ts';
import { courseOf, prepareText, recordOf, run, settingsFor, temporaryFolder } from './tiny.ts';

interface Case {
  name: string;
  backend: string;
  precision: string;
  arch: string;
  kills: number;
  /** Trains a LoRA adapter of a run. */
  lora?: true;
}

/** `auto` is bf16 where native has it. */
const CASES: Case[] = missing
  ? [
      { name: 'gpt', backend: 'plain', precision: 'fp32', arch: 'gpt', kills: 15 },
      { name: 'lstm', backend: 'plain', precision: 'fp32', arch: 'lstm', kills: 15 },
      { name: 'lora', backend: 'plain', precision: 'fp32', arch: 'gpt', kills: 8, lora: true },
    ]
  : [
      { name: 'gpt', backend: 'native', precision: 'auto', arch: 'gpt', kills: 15 },
      { name: 'lstm', backend: 'native', precision: 'fp32', arch: 'lstm', kills: 15 },
      { name: 'lora', backend: 'native', precision: 'auto', arch: 'gpt', kills: 8, lora: true },
      { name: 'plain', backend: 'plain', precision: 'fp32', arch: 'gpt', kills: 15 },
    ];

/** More than the killed ones can do together, so that the last one has something to do, too. */
const FLAGS = { maxSteps: 100 };

const root = temporaryFolder();
let data: string;
beforeAll(async () => {
  data = await prepareText(root);
  await run({ out: join(root, 'base'), data, flags: { maxSteps: 2 } });
});

/**
 * When to kill: this long after the program began to write its n-th checkpoint, or was started (n = 0).
 * Counted in checkpoints, so that a slow machine is not killed before it has begun, nor a fast one after it is done.
 */
interface Instant {
  checkpoints: number;
  ms: number;
}

function instants({ name, kills }: Case): Instant[] {
  const random = new Stream(keyFor(2026, `kill ${name}`));
  return Array.from({ length: kills }, () => {
    const checkpoints = random.below(4);
    const longest = checkpoints === 0 ? 700 : random.below(2) === 0 ? 20 : 120;
    return { checkpoints, ms: random.uniform() * longest };
  });
}

/** Returns the names of the temporary folders that the killed process left. */
async function trainAndKill(engine: Case, out: string, { checkpoints, ms }: Instant): Promise<string[]> {
  const fresh = !hasRun(out);
  const watcher = watch(out);
  const { child, ended } = start(fresh ? newRun(engine, out) : trainWordsOn(engine, out, {}, '--resume'));
  const temporary = new RegExp(`^\\.(step-\\d+)\\.tmp-${child.pid}-`);
  const begun = new Promise<void>((resolve) => {
    let [saves, newest] = [0, ''];
    watcher.on('change', (_, name) => {
      const step = temporary.exec(String(name))?.[1] ?? '';
      if (step <= newest) return; // an older one, on its way out
      newest = step;
      if (++saves === checkpoints) resolve();
    });
  });
  if (checkpoints > 0) await Promise.race([begun, ended]);
  await setTimeout(ms);
  child.kill('SIGKILL');
  watcher.close();
  expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL' });
  return (await readdir(out)).filter((name) => temporary.test(name));
}

if (missing) it.skip(missing, () => {});

it.concurrent.each(CASES)('$name on $backend, $precision', { timeout: 240_000 }, async (engine) => {
  const { name } = engine;
  const out = join(root, name);
  await mkdir(out);
  const hit = { save: 0, removal: 0, between: 0 };
  for (const instant of instants(engine)) {
    const left = await trainAndKill(engine, out, instant);
    const newest = (await listCheckpoints(out)).at(-1) ?? '';
    if (left.some((name) => name.slice(1) > newest)) hit.save++;
    else if (left.length > 0) hit.removal++;
    else hit.between++;
  }
  expect(hit.save).toBeGreaterThan(0);
  const reached = (await listCheckpoints(out)).at(-1);
  const last = await tsgpt(...trainWordsOn(engine, out, {}, '--resume'));
  expect(last).toMatchObject({ code: 0 });

  const unbroken = join(root, `${name}-unbroken`);
  expect(await tsgpt(...newRun(engine, unbroken))).toMatchObject({ code: 0 });
  const course = await courseOf(out);
  expect(course).toEqual(await courseOf(unbroken));
  expect(course.last).toBe(checkpointName(FLAGS.maxSteps));
  expect(await recordOf(out)).toMatchObject({ status: 'finished' });
  expect((await readdir(out)).sort()).toEqual((await readdir(unbroken)).sort());
  console.info(
    `${name}: killed in a save ${hit.save}, in a removal ${hit.removal}, elsewhere ${hit.between} times, up to ${reached}`,
  );
});

function newRun(engine: Case, out: string): string[] {
  const lora = engine.lora ? ['--init', join(root, 'base'), '--lora-rank', '2'] : [];
  const words = ['--data', data, '--arch', engine.arch, ...lora];
  return trainWordsOn(engine, out, { ...settingsFor(engine.arch), ...FLAGS }, ...words);
}
