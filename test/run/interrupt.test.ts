// Ctrl-C in the program itself: the first saves and leaves with 130, the second leaves at once.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { start, tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { courseOf, prepareText, recordOf, run, SETTINGS } from './tiny.ts';
import { trainWords } from './train-words.ts';

const root = temporaryFolder();
let data: string;
beforeAll(async () => {
  data = await prepareText(root);
});

it.each(['SIGINT', 'SIGTERM'] as const)(
  '%s while training finishes the step, saves and exits with 130, and --resume goes on to the same bits',
  async (signal) => {
    const out = join(root, signal);
    const flags = { maxSteps: 150, checkpointInterval: 1000 };
    const { child, ended, said } = start(trainWords(out, { ...SETTINGS, ...flags }, '--data', data));
    await said('step 3:'); // its evaluation
    child.kill(signal);
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('stopping after this batch; press Ctrl-C again to leave at once');
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ ended: 'interrupted', out });
    expect(result.step).toBeGreaterThanOrEqual(3);
    expect(result.step).toBeLessThan(150);
    const interrupted = await courseOf(out);
    expect(interrupted.last).toBe(`step-${String(result.step).padStart(6, '0')}`);
    expect(interrupted.log.at(-1)).toMatchObject({ step: result.step });
    expect(await recordOf(out)).toMatchObject({ status: 'interrupted' });

    const resumed = await tsgpt(trainWords(out, {}, '--resume'));
    expect(resumed).toMatchObject({ code: 0 });
    expect(resumed.stderr).toContain(`going on from ${interrupted.last}`);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ ended: 'budget', step: 150 });
    const unbroken = join(root, `${signal}-unbroken`);
    await run({ out: unbroken, data, flags });
    expect(await courseOf(out)).toEqual(await courseOf(unbroken));
  },
);

it('a second Ctrl-C leaves in the middle of a step, without saving', async () => {
  const out = join(root, 'twice');
  // One step takes longer than the whole test may.
  const flags = { totalBatchTokens: 10_000_000 };
  const controller = new AbortController();
  controller.abort();
  await run({ out, data, flags }, { signal: controller.signal });
  const { child, ended, said } = start(trainWords(out, {}, '--resume'));
  await said('learning rate'); // the last it says before the first step
  child.kill('SIGINT');
  await said('press Ctrl-C again');
  expect(child.exitCode).toBeNull();
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 130, stdout: '' });
  expect(existsSync(join(out, 'step-000001'))).toBe(false);
  expect(await recordOf(out)).toMatchObject({ status: 'running', last: 'step-000000' });
});
