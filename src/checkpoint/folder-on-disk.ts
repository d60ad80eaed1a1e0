// A checkpoint's folder on disk.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { digestFile, readText } from '../base/atomic-files.ts';
import { TsgptError } from '../base/errors.ts';
import { openSafetensors, writeSafetensors } from '../base/safetensors-disk.ts';
import type { Candidates, Folder, NewFolder } from './folder.ts';

/** `above`: the adapters that this folder is the base of, by their full paths. */
export function folderOnDisk(path: string, above: readonly string[] = []): Folder {
  const fullPath = resolve(path);
  const has = (name: string) => existsSync(join(path, name));
  return {
    path,
    fullPath,
    has,
    file: async (name) => (has(name) ? fileOnDisk(join(path, name)) : undefined),
    candidates(toBase, lastKnown) {
      if (above.includes(fullPath)) throw new TsgptError(`${path} is an adapter of itself`);
      const places = [...new Set([resolve(fullPath, toBase), resolve(lastKnown)])];
      return candidatesAt(places, path, [...above, fullPath]);
    },
  };
}

function fileOnDisk(path: string) {
  return {
    path,
    digest: () => digestFile(path),
    text: () => readText(path),
    tensors: () => openSafetensors(path),
  };
}

function candidatesAt(places: readonly string[], adapter: string, above: readonly string[]): Candidates {
  const there = places.filter((place) => existsSync(place));
  return {
    folders: there.map((place) => folderOnDisk(place, above)),
    notFound: (sha256) =>
      new TsgptError(
        there.length === 0
          ? `${adapter} is an adapter of another checkpoint’s weights, and that is not at ${places.join(' nor at ')}`
          : `${adapter} is an adapter of other weights than those in ${there.join(' and ')} (SHA-256 ${sha256})`,
        `put the checkpoint that it was trained from, or a link to it, at ${places[0]}`,
      ),
  };
}

/** `path` is the temporary folder of writeFolderAtomic, which flushes the files to disk. */
export function newFolderOnDisk(path: string): NewFolder {
  return {
    async writeText(name, text) {
      const bytes = Buffer.from(text);
      await writeFile(join(path, name), bytes);
      return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    },
    writeTensors: (name, tensors, metadata) => writeSafetensors(join(path, name), tensors, metadata),
  };
}
