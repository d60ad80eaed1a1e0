// An input of good text that never ends must not fill the disk that its copy is on: a small one of our own, where we may
// mount it.
import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { spool } from '../../src/text/spool.ts';
import { temporaryFolder } from '../temporary-folder.ts';

let disk: string;
beforeEach(() => {
  disk = temporaryFolder();
  vi.stubEnv('TMPDIR', disk);
});
afterEach(() => {
  vi.unstubAllEnvs();
  spawnSync('umount', [disk]);
});

it.for([
  // Room is looked at after 64 MiB: here less than a twentieth is left, and there it lasts until the disk is full.
  ['66m', 'standard input has 64.0 MiB so far, and only 2.0 MiB are left for its copy in '],
  ['70m', 'cannot keep standard input in '],
])('on a disk of %s it is refused, and nothing stays behind', async ([size, message], { skip }) => {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tsgpt-test', disk]).status === 0;
  if (!mounted) skip('a small disk can only be mounted by root, on Linux');
  await expect(spool(Readable.from(yes()), 'standard input')).rejects.toMatchObject({
    message: expect.stringContaining(message + disk),
    hint: expect.stringContaining('head -c 1G'),
  });
  expect(await readdir(disk)).toEqual([]);
});

function* yes() {
  for (const chunk = Buffer.from('y\n'.repeat(2 ** 19)); ; ) yield chunk;
}
