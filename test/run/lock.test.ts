// Two processes must not train one run.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { lockRun } from '../../src/run/lock.ts';
import { temporaryFolder } from '../temporary-folder.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

it('a lock holds the run until it is released', () => {
  const unlock = lockRun(folder);
  expect(readFileSync(join(folder, 'run.lock'), 'utf8')).toBe(String(process.pid));
  unlock();
  expect(existsSync(join(folder, 'run.lock'))).toBe(false);
});

it('a lock that a living process holds is refused, and that process named', () => {
  writeFileSync(join(folder, 'run.lock'), String(process.ppid));
  expect(() => lockRun(folder)).toThrow(`process ${process.ppid} is training ${folder}`);
});

it('a lock of a dead process is taken over', () => {
  writeFileSync(join(folder, 'run.lock'), '999999999');
  lockRun(folder)();
  expect(existsSync(join(folder, 'run.lock'))).toBe(false);
});
