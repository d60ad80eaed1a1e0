// Of several ranks one is killed at a random instant, again and again, and each time a number of them drawn anew goes on: they end with
// the bits of one process that was never killed.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { keyFor, Stream } from '../../src/base/random.ts';
import { probeMpi } from '../../src/collectives/addon.ts';
import { readLog } from '../../src/run/log.ts';
import { hasRun } from '../../src/run/record.ts';
import { killsOf, timeFor } from '../kills.ts';
import { FASTEST } from '../on-backends.ts';
import { tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { killRank, startRanks } from './mpirun.ts';
import { courseOf, prepareText, SETTINGS } from './tiny.ts';
import { trainWordsOn } from './train-words.ts';

const kills = killsOf('train ranks');
const mpi = probeMpi();

it.runIf(mpi.usable && kills > 0)(`${kills} kills of ranks`, timeFor(2 * kills), async () => {
  const root = temporaryFolder();
  const data = await prepareText(root);
  const flags = { ...SETTINGS, totalBatchTokens: 2 * SETTINGS.totalBatchTokens, maxSteps: 100 + 20 * kills };
  const newRun = (name: string) => trainWordsOn(FASTEST, join(root, name), flags, '--data', data);
  const out = join(root, 'killed');
  mkdirSync(out);
  const resumed = trainWordsOn(FASTEST, out, {}, '--resume');
  const random = new Stream(keyFor(2026, 'kill ranks'));
  let longest = 0;
  for (let kill = 0; kill < kills; kill++) {
    const ranks = 2 + random.below(3);
    const before = readLog(out).length;
    const { child, ended } = startRanks(ranks, hasRun(out) ? resumed : newRun('killed'));
    // Every fourth while they start, the others some steps later.
    const steps = kill % 4 === 0 ? 0 : 2 + random.below(30);
    while (readLog(out).length < before + steps && child.exitCode === null) await setTimeout(2);
    await setTimeout(random.uniform() * (steps === 0 ? 1500 : 50));
    await killRank(child, random.below(ranks));
    const since = performance.now();
    expect((await ended).code).not.toBe(0);
    longest = Math.max(longest, performance.now() - since);
  }
  expect(longest).toBeLessThan(15_000);
  const reached = readLog(out).length;
  expect(await startRanks(3, resumed).ended).toMatchObject({ code: 0 });
  expect(await tsgpt(newRun('alone'))).toMatchObject({ code: 0 });
  expect(await courseOf(out)).toEqual(await courseOf(join(root, 'alone')));
  console.info(
    `ranks: killed ${kills} times, up to line ${reached}; the longest end took ${longest.toFixed()} ms`,
  );
});
