// One process at a time trains a run: its id stands in run.lock while it does. A dead process's lock does not count, and a dying
// one's is waited for.
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { systemCode, UsageError } from '../base/errors.ts';
import { isAlive } from '../base/leftovers.ts';
import { readable } from '../base/system-error.ts';

/** A launcher is gone sooner than the processes that it ends. */
const PATIENCE_MS = 3000;

/** Locks the run; returns the function that unlocks it. */
export async function lockRun(folder: string, patienceMs = PATIENCE_MS): Promise<() => void> {
  const path = join(folder, 'run.lock');
  mkdirSync(folder, { recursive: true });
  try {
    if (!take(path)) {
      const holder = Number(readFileSync(path, 'utf8'));
      if (!(await hasEnded(holder, patienceMs))) {
        throw new UsageError(
          `process ${holder} is training ${folder}`,
          `stop it first; if it does something else, remove ${path}`,
        );
      }
      rmSync(path, { force: true });
      if (!take(path)) throw new UsageError(`another process has just begun to train ${folder}`);
    }
  } catch (error) {
    throw readable(error, `locking ${folder}`);
  }
  return () => {
    rmSync(path, { force: true });
    if (readdirSync(folder).length === 0) rmdirSync(folder); // a run that never began leaves nothing behind
  };
}

async function hasEnded(pid: number, patienceMs: number): Promise<boolean> {
  const since = performance.now();
  while (isAlive(pid)) {
    if (performance.now() - since >= patienceMs) return false;
    await setTimeout(50);
  }
  return true;
}

function take(path: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}
