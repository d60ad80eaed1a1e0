// Processes that mpirun starts end with the bits of one, also where one of them was killed on the way and others went on.
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { probeMpi } from '../../src/collectives/addon.ts';
import { readLog } from '../../src/run/log.ts';
import { FASTEST } from '../on-backends.ts';
import { tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { killRank, startRanks } from './mpirun.ts';
import { courseOf, prepareText, SETTINGS } from './tiny.ts';
import { trainWordsOn } from './train-words.ts';

const mpi = probeMpi();
if (!mpi.usable) it.skip(`MPI is not here: ${mpi.reason}`, () => {});

/** Four micro-batches a step. */
const FLAGS = { ...SETTINGS, totalBatchTokens: 2 * SETTINGS.totalBatchTokens, maxSteps: 60 };

describe.runIf(mpi.usable)('with mpirun', () => {
  const root = temporaryFolder();
  let data: string;
  beforeAll(async () => {
    data = await prepareText(root);
    const alone = await tsgpt(train('alone'));
    expect(alone).toMatchObject({ code: 0 });
  });

  const train = (name: string, flags: object = FLAGS, ...more: string[]) =>
    trainWordsOn(FASTEST, join(root, name), { ...flags }, ...(more.length > 0 ? more : ['--data', data]));

  it.each([2, 4])('%i ranks end with the bits of one process, and one of them is heard', async (ranks) => {
    const { code, stdout, stderr } = await startRanks(ranks, train(`by-${ranks}`)).ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(`${stdout}${stderr}`.match(/^saved /gm)).toHaveLength(1);
    expect(stderr).toContain(`each of ${ranks} ranks holds as much`);
    expect(await courseOf(join(root, `by-${ranks}`))).toEqual(await courseOf(join(root, 'alone')));
  });

  it('a rank that is killed ends the job, and another number of them goes on to the same bits', async () => {
    const out = join(root, 'killed');
    const { child, ended } = startRanks(3, train('killed'));
    while (readLog(out).length < 20 && child.exitCode === null) await setTimeout(5);
    await killRank(child, 1);
    const begun = performance.now();
    expect((await ended).code).not.toBe(0);
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(await startRanks(2, train('killed', {}, '--resume')).ended).toMatchObject({ code: 0 });
    expect(await courseOf(out)).toEqual(await courseOf(join(root, 'alone')));
  });

  it.each([
    ['more ranks than batches', 5, { maxSteps: 1 }, 'cannot be dealt out to 5 ranks'],
    ['no data', 2, undefined, 'there is no'],
  ])('%s: it is refused in one message', async (_, ranks, flags, message) => {
    const words = flags
      ? train('refused', { ...FLAGS, ...flags })
      : train('refused', FLAGS, '--data', '/nowhere');
    const { code, stderr } = await startRanks(ranks, words).ended;
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    expect(stderr.match(/^error: /gm)).toHaveLength(1);
  });
});
