// What a killed process leaves of a file or folder that it was writing: found by its name, and swept when the next run begins.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCode } from './errors.ts';
import { readable } from './system-error.ts';

const LEFTOVER = /^\.(.+)\.(tmp|old)-(\d+)-[0-9a-f]+$/;
const ownNames = new Set<string>();

/** A name for what will become `target`, or was it. */
export function besideName(target: string, kind: 'tmp' | 'old'): string {
  const name = `.${basename(target)}.${kind}-${process.pid}-${randomBytes(4).toString('hex')}`;
  ownNames.add(name);
  return join(dirname(target), name);
}

/**
 * Removes what killed processes left in `parent`, and returns the names. A folder that was moved aside and not yet
 * replaced is moved back to its place.
 */
export async function removeLeftovers(parent: string): Promise<string[]> {
  const swept: string[] = [];
  try {
    for (const name of existsSync(parent) ? await readdir(parent) : []) {
      const [, original, kind, pid] = LEFTOVER.exec(name) ?? [];
      if (original === undefined || ownNames.has(name) || isAlive(Number(pid))) continue;
      const path = join(parent, name);
      const home = join(parent, original);
      if (kind === 'old' && !existsSync(home)) await rename(path, home);
      else await rm(path, { recursive: true, force: true });
      swept.push(name);
    }
  } catch (error) {
    throw readable(error, `sweeping ${parent}`);
  }
  return swept;
}

/**
 * Whether another process of this id runs. In a container each run may get the same id: our own means a dead one. There one that
 * has ended may also be kept for ever, if nobody asks how it ended.
 */
export function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0) && !isZombie(pid);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function isZombie(pid: number): boolean {
  const stat = `/proc/${pid}/stat`; // Linux
  return existsSync(stat) && /\) Z/.test(readFileSync(stat, 'utf8'));
}
