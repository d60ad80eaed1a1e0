// Two processes must not train one run.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { lockRun } from '../../src/run/lock.ts';
import { temporaryFolder } from '../temporary-folder.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

it('a lock holds the run until it is released', async () => {
  const unlock = await lockRun(folder);
  expect(readFileSync(join(folder, 'run.lock'), 'utf8')).toBe(String(process.pid));
  unlock();
  expect(existsSync(join(folder, 'run.lock'))).toBe(false);
});

it('a lock that a living process holds is refused, and that process named', async () => {
  writeFileSync(join(folder, 'run.lock'), String(process.ppid));
  await expect(lockRun(folder, 0)).rejects.toThrow(`process ${process.ppid} is training ${folder}`);
});

it('a lock of a dead process is taken over', async () => {
  writeFileSync(join(folder, 'run.lock'), '999999999');
  (await lockRun(folder))();
  expect(existsSync(join(folder, 'run.lock'))).toBe(false);
});

it('a lock of a process that is about to end is waited for', async () => {
  const child = spawn('sleep', ['0.3']);
  writeFileSync(join(folder, 'run.lock'), String(child.pid));
  (await lockRun(folder, 60_000))();
  expect(existsSync(join(folder, 'run.lock'))).toBe(false);
});
