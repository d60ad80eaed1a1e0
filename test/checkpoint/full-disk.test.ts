// A disk that fills up while a checkpoint is saved: a small one of our own, where we may mount it.
import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TsgptError } from '../../src/base/errors.ts';
import { loadCheckpoint, saveCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { example } from './example.ts';

const disk = temporaryFolder();
let mounted = false;
beforeAll(() => {
  mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tsgpt-test', disk]).status === 0;
});
afterAll(() => {
  if (mounted) spawnSync('umount', [disk]);
});

it('saving to a full disk says so, whichever file it happens in, and leaves the earlier checkpoint whole', async (test) => {
  if (!mounted) test.skip('a small disk can only be mounted by root, on Linux');
  const before = join(disk, 'step-000001');
  const next = join(disk, 'step-000002');
  await saveCheckpoint(before, example(1));
  const messages = new Set<string>();
  for (const freeBlocks of [0, 1, 2, 3, 5, 20]) {
    const { bavail, bsize } = statfsSync(disk);
    await writeFile(join(disk, 'filler'), new Uint8Array((bavail - freeBlocks) * bsize));
    for (const target of [next, before]) {
      const error = await saveCheckpoint(target, example(2, 5000)).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(TsgptError);
      expect(error).toMatchObject({
        message: `disk full while writing ${target}; nothing was replaced`,
        hint: expect.stringContaining('free some space'),
      });
    }
    const small = await saveCheckpoint(next, example(2)).catch((e: unknown) => e);
    messages.add(small instanceof TsgptError ? small.message : 'saved');
    await rm(next, { recursive: true, force: true });
    expect((await readdir(disk)).sort()).toEqual(['filler', 'step-000001']);
    expect((await loadCheckpoint(before, { optimizer: true })).state).toEqual(example(1).state);
    await rm(join(disk, 'filler'));
  }
  expect([...messages]).toEqual([`disk full while writing ${next}; nothing was replaced`, 'saved']);
});

it('saving to a read-only disk says so, and leaves nothing behind', async (test) => {
  if (!mounted) test.skip('a small disk can only be mounted by root, on Linux');
  expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0);
  await expect(saveCheckpoint(join(disk, 'step-000003'), example(3))).rejects.toThrow(
    `read-only file system while writing ${join(disk, 'step-000003')}; nothing was replaced`,
  );
  expect(await readdir(disk)).toEqual(['step-000001']);
});
