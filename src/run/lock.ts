// One process at a time trains a run: its id stands in run.lock while it does. A dead process's lock does not count.
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
import { systemCode, UsageError } from '../base/errors.ts';
import { isAlive } from '../base/leftovers.ts';
import { readable } from '../base/system-error.ts';

/** Locks the run; returns the function that unlocks it. */
export function lockRun(folder: string): () => void {
  const path = join(folder, 'run.lock');
  mkdirSync(folder, { recursive: true });
  try {
    if (!take(path)) {
      const holder = Number(readFileSync(path, 'utf8'));
      if (isAlive(holder)) {
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
