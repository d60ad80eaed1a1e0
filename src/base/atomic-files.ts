// Atomic writes: files and folders are whole or absent, whenever the process or the machine stops. They are written
// under a temporary name beside the target, flushed to disk, and renamed.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import { systemCode, TsgptError } from './errors.ts';
import { parseJson } from './json.ts';
import { besideName } from './leftovers.ts';
import type { Digest } from './sha256.ts';
import { isDiskFull, readable } from './system-error.ts';
import { readTextFile } from './text-file.ts';

/** Replaces the file at `path`, and makes the folders above it where they are missing. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await atomically(path, async (temporary, target) => {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    await flushFolder(dirname(target));
  });
}

/** Replaces the folder at `path` by the one that `fill` has written: it is given the temporary folder. */
export async function writeFolderAtomic(
  path: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  await atomically(path, async (temporary, target) => {
    await mkdir(temporary);
    await fill(temporary);
    await flushTree(temporary);
    const replaced = await moveTo(temporary, target);
    await flushFolder(dirname(target));
    // The new folder is in place: removeLeftovers removes later what cannot be removed now.
    if (replaced !== undefined) await rm(replaced, { recursive: true, force: true }).catch(() => {});
  });
}

async function atomically(
  path: string,
  write: (temporary: string, target: string) => Promise<void>,
): Promise<void> {
  let temporary: string | undefined;
  try {
    const target = await realpath(path).catch(() => resolve(path));
    await makeFolder(dirname(target));
    temporary = besideName(target, 'tmp');
    await write(temporary, target);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true }).catch(() => {});
    // An error of `fill` names the temporary folder, but the user knows the target.
    const inner = error instanceof TsgptError && isDiskFull(error.cause) ? error.cause : error;
    throw readable(inner, `writing ${path}`, '; nothing was replaced');
  }
}

/** Renaming cannot replace a folder with files in it, so the old one is moved aside first; returns its path there. */
async function moveTo(temporary: string, target: string): Promise<string | undefined> {
  try {
    await rename(temporary, target);
    return undefined;
  } catch (error) {
    // Windows reports EPERM.
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(systemCode(error) ?? '')) throw error;
  }
  const aside = besideName(target, 'old');
  await rename(target, aside);
  try {
    await rename(temporary, target);
  } catch (error) {
    await rename(aside, target);
    throw error;
  }
  return aside;
}

/** Renames the folder before its files are removed, so that a half removed one is not taken for a whole one. */
export async function removeFolderAtomic(path: string): Promise<void> {
  const aside = besideName(path, 'tmp');
  try {
    await rename(path, aside);
    await rm(aside, { recursive: true, force: true });
  } catch (error) {
    throw readable(error, `removing ${path}`);
  }
}

export async function readJson<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
  return parseJson(await readText(path), schema, path);
}

export async function readText(path: string): Promise<string> {
  return readTextFile(path);
}

/** Reads the file in pieces, as it may be of any size. */
export async function digestFile(path: string): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(piece);
      size += piece.length;
    }
  } catch (error) {
    throw readable(error, `reading ${path}`);
  }
  return { size, sha256: hash.digest('hex') };
}

async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await flushFolder(dirname(made));
}

async function flushTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await flushTree(path);
    else await flush(path, 'r+');
  }
  await flushFolder(folder);
}

/** Flushes a folder's entries to disk. Windows and some network disks cannot, and need not. */
async function flushFolder(folder: string): Promise<void> {
  await flush(folder, 'r').catch((error) => {
    if (!['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP'].includes(systemCode(error) ?? '')) throw error;
  });
}

/** Makes sure that what was written to the file is on the disk. */
export async function flushFile(path: string): Promise<void> {
  await flush(path, 'r+');
}

async function flush(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
