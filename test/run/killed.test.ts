// A real process killed at random instants, many of them in the middle of a save, and resumed each time,
// ends with the log and the bits of the run that was never killed.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { keyFor, Stream } from '../../src/base/random.ts';
import { checkpointName } from '../../src/checkpoint/list.ts';
import { listCheckpoints } from '../../src/checkpoint/on-disk.ts';
import { hasRun } from '../../src/run/record.ts';
import { type Instant, killsOf, startAndKill, timeFor } from '../kills.ts';
import { missing } from '../on-backends.ts';
import { tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { courseOf, prepareText, recordOf, run, settingsFor } from './tiny.ts';
import { trainWordsOn } from './train-words.ts';

interface Case {
  name: 'gpt' | 'lstm' | 'gru' | 'cnn' | 'lora' | 'plain';
  backend: string;
  precision: string;
  arch: string;
  /** Trains a LoRA adapter of a run. */
  lora?: true;
}

/** `auto` is bf16 where native has it. */
const CASES: Case[] = missing
  ? [
      { name: 'gpt', backend: 'plain', precision: 'fp32', arch: 'gpt' },
      { name: 'lstm', backend: 'plain', precision: 'fp32', arch: 'lstm' },
      { name: 'lora', backend: 'plain', precision: 'fp32', arch: 'gpt', lora: true },
    ]
  : [
      { name: 'gpt', backend: 'native', precision: 'auto', arch: 'gpt' },
      { name: 'lstm', backend: 'native', precision: 'fp32', arch: 'lstm' },
      { name: 'gru', backend: 'native', precision: 'auto', arch: 'gru' },
      { name: 'cnn', backend: 'native', precision: 'auto', arch: 'cnn' },
      { name: 'lora', backend: 'native', precision: 'auto', arch: 'gpt', lora: true },
      { name: 'plain', backend: 'plain', precision: 'fp32', arch: 'gpt' },
    ];

const root = temporaryFolder();
let data: string;
beforeAll(async () => {
  data = await prepareText(root);
  await run({ out: join(root, 'base'), data, flags: { maxSteps: 2 } });
});

/** The first is in the middle of the second save, unless the test is slow to hear of it: one has been made by then. */
function* instants(name: string): Generator<Instant, never> {
  yield { folders: 2, ms: 0 };
  const random = new Stream(keyFor(2026, `kill ${name}`));
  for (;;) {
    const folders = random.below(4);
    const longest = folders === 0 ? 700 : random.below(2) === 0 ? 20 : 120;
    yield { folders, ms: random.uniform() * longest };
  }
}

if (missing) it.skip(missing, () => {});

const cases = CASES.map((engine) => ({ ...engine, kills: killsOf(`train ${engine.name}`) })).filter(
  ({ kills }) => kills > 0,
);
const time = timeFor(Math.max(...cases.map(({ kills }) => kills)));

it.concurrent.each(cases)(
  '$name on $backend, $precision, killed $kills times and resumed, ends in the bits of a run never killed',
  time,
  async (engine) => {
    const { name, kills } = engine;
    // More than the killed ones can do together, so that the last one has something to do, too.
    const flags = { maxSteps: 100 + 10 * kills };
    const newRun = (folder: string) => {
      const lora = engine.lora ? ['--init', join(root, 'base'), '--lora-rank', '2'] : [];
      return trainWordsOn(
        engine,
        folder,
        { ...settingsFor(engine.arch), ...flags },
        '--data',
        data,
        '--arch',
        engine.arch,
        ...lora,
      );
    };
    const out = join(root, name);
    await mkdir(out);
    const resumed = trainWordsOn(engine, out, {}, '--resume');
    const hit = { save: 0, removal: 0, between: 0 };
    const when = instants(name);
    // So many times, and on until one has come in the middle of a save, which the second or third does.
    for (let kill = 0; kill < kills || (hit.save === 0 && kill < kills + 20); kill++) {
      const left = await startAndKill(
        hasRun(out) ? resumed : newRun(out),
        out,
        'step-\\d+',
        when.next().value,
      );
      const newest = (await listCheckpoints(out)).at(-1) ?? '';
      if (left.some((name) => name.slice(1) > newest)) hit.save++;
      else if (left.length > 0) hit.removal++;
      else hit.between++;
    }
    expect(hit.save).toBeGreaterThan(0);
    const reached = (await listCheckpoints(out)).at(-1);
    expect(reached).toBeDefined();
    const last = await tsgpt(resumed);
    expect(last).toMatchObject({ code: 0 });

    const unbroken = join(root, `${name}-unbroken`);
    expect(await tsgpt(newRun(unbroken))).toMatchObject({ code: 0 });
    const course = await courseOf(out);
    expect(course).toEqual(await courseOf(unbroken));
    expect(course.last).toBe(checkpointName(flags.maxSteps));
    expect(await recordOf(out)).toMatchObject({ status: 'finished' });
    expect((await readdir(out)).sort()).toEqual((await readdir(unbroken)).sort());
    console.info(
      `${name}: killed in a save ${hit.save}, in a removal ${hit.removal}, elsewhere ${hit.between} times, up to ${reached}`,
    );
  },
);
