// Damage on disk, and a disk that is full: what is whole stays whole, is named, and is gone on from to the same bits.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openModel, TsgptError } from 'tsgpt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listCheckpoints, loadCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Course, courseOf, interruptAt, prepareText, run } from './tiny.ts';

const root = temporaryFolder();
const flags = { maxSteps: 14, keepLast: 3 };
let data: string;
let unbroken: Course;
beforeAll(async () => {
  data = await prepareText(root);
  const out = join(root, 'unbroken');
  await run({ out, data, flags });
  unbroken = await courseOf(out);
});

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = bytes[middle]! ^ 0x10;
  writeFileSync(path, bytes);
}

function halve(path: string): void {
  truncateSync(path, readFileSync(path).length >> 1);
}

describe.each([
  ['a flipped byte', flipByte, 'model.safetensors', /model\.safetensors has changed since it was saved/],
  ['a flipped byte', flipByte, 'optimizer.safetensors', /optimizer\.safetensors has changed/],
  ['a flipped byte', flipByte, 'state.json', /state\.json/],
  ['a truncation', halve, 'model.safetensors', /model\.safetensors should have \d+ bytes, but has \d+/],
  ['a truncation', halve, 'state.json', /state\.json/],
  ['a loss', (path: string) => rmSync(path), 'optimizer.safetensors', /optimizer\.safetensors is missing/],
] as const)('%s', (damage, harm, file, message) => {
  it(`of a checkpoint’s ${file} is named, and the run goes on from the checkpoint before`, async () => {
    const out = join(root, `${damage}-${file}`);
    await run({ out, data, flags }, interruptAt(9));
    expect(await listCheckpoints(out)).toEqual(expect.arrayContaining(['step-000008', 'step-000009']));
    harm(join(out, 'step-000009', file));
    const error = await run({ out, resume: true }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TsgptError);
    expect(error).toMatchObject({
      message: expect.stringMatching(message),
      hint: `the one before it is ${join(out, 'step-000008')}; to train on from there: --resume step-000008`,
    });
    expect(String(error)).toContain(join(out, 'step-000009'));
    if (file === 'model.safetensors')
      await expect(openModel(out, 'last')).rejects.toMatchObject({ message: expect.stringMatching(message) });
    await run({ out, resume: 'step-000008' });
    expect(await courseOf(out)).toEqual(unbroken);
  });
});

describe('a full disk', () => {
  const disk = join(root, 'disk');
  let mounted = false;
  beforeAll(() => {
    spawnSync('mkdir', [disk]);
    mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tsgpt-test', disk]).status === 0;
  });
  afterAll(() => {
    if (mounted) spawnSync('umount', [disk]);
  });

  it('stops the run with its checkpoints whole; with room again it goes on to the same bits', async (test) => {
    if (!mounted) test.skip('a small disk can only be mounted by root, on Linux');
    const out = join(disk, 'run');
    const filler = join(disk, 'filler');
    const error = await run(
      { out, data, flags },
      {
        onEvent(event) {
          if (event.type !== 'step' || event.report.step !== 5) return;
          const { bavail, bsize } = statfsSync(disk);
          writeFileSync(filler, new Uint8Array((bavail - 4) * bsize));
        },
      },
    ).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TsgptError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^disk full while writing .*step-00000\d; nothing was replaced$/),
      exitCode: 1,
    });
    expect(readdirSync(out).filter((name) => name.startsWith('.'))).toEqual([]);
    const names = await listCheckpoints(out);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) await loadCheckpoint(join(out, name), { optimizer: true });
    rmSync(filler);
    await run({ out, resume: true });
    expect(await courseOf(out)).toEqual(unbroken);
  });
});
