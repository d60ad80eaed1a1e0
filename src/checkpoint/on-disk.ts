// Checkpoints as folders on disk: read, written whole or not at all, and listed.
import { readdir } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { writeFolderAtomic } from '../base/atomic-files.ts';
import { systemCode } from '../base/errors.ts';
import { readable } from '../base/system-error.ts';
import { folderOnDisk, newFolderOnDisk } from './folder-on-disk.ts';
import { checkpointNames } from './list.ts';
import {
  type LoadedCheckpoint,
  type LoadOptions,
  type OpenedCheckpoint,
  openCheckpoint,
  readCheckpoint,
} from './load.ts';
import { type AdapterContents, type CheckpointContents, writeAdapter, writeCheckpoint } from './save.ts';

export function loadCheckpoint(path: string, options: LoadOptions): Promise<LoadedCheckpoint> {
  return readCheckpoint(folderOnDisk(path), options);
}

/** Its parameters are yet to be read. */
export function openCheckpointAt(path: string, options: { optimizer: boolean }): Promise<OpenedCheckpoint> {
  return openCheckpoint(folderOnDisk(path), options);
}

/** Replaces a folder that is already there. The tensors must not change until this is done. */
export async function saveCheckpoint(path: string, contents: CheckpointContents): Promise<void> {
  await writeFolderAtomic(path, (temporary) => writeCheckpoint(newFolderOnDisk(temporary), contents));
}

/** Does as saveCheckpoint does; the weights that the adapter belongs to stay where they are. */
export async function saveAdapter(path: string, contents: AdapterContents): Promise<void> {
  const { folder, sha256 } = contents.adapter.base;
  const base = { path: relative(resolve(path), resolve(folder)), sha256 };
  await writeFolderAtomic(path, (temporary) => writeAdapter(newFolderOnDisk(temporary), contents, base));
}

/** Returns the names of a run's checkpoints, by step; none where the run has no folder yet. */
export async function listCheckpoints(runFolder: string): Promise<string[]> {
  const entries = await readdir(runFolder, { withFileTypes: true }).catch((error) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw readable(error, `reading ${runFolder}`);
  });
  return checkpointNames(entries.filter((entry) => entry.isDirectory()).map(({ name }) => name));
}
