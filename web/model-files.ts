// The files of a saved model out of what a person opens: a zip archive, a checkpoint's folder, a run's folder, or just
// the files.
import { type FolderInMemory, TsgptError, unpack, zipEntries } from 'tsgpt/web';
import type { GivenFile } from './messages.ts';

const CONFIG = 'config.json';

export interface ModelFolder {
  /** As errors call it. */
  name: string;
  files: FolderInMemory;
}

export async function modelFolder(given: readonly GivenFile[]): Promise<ModelFolder> {
  const all = await filesByPath(given);
  const folders = [...all.keys()]
    .filter((path) => baseName(path) === CONFIG)
    .map(folderOf)
    .sort();
  const chosen = (await bestOfRun(all, folders)) ?? folders.at(-1);
  if (chosen === undefined) {
    throw new TsgptError(
      `there is no saved model in ${given[0]?.path ?? 'nothing'}: it has no ${CONFIG}`,
      'open the zip that this page saved, or a checkpoint’s folder such as checkpoints/mine/step-000500',
    );
  }
  const files = [...all].filter(([path]) => folderOf(path) === chosen);
  return {
    name: baseName(chosen) || given[0]!.path.replace(/\.zip$/, ''),
    files: new Map(files.map(([path, read]) => [baseName(path), read])),
  };
}

async function filesByPath(given: readonly GivenFile[]): Promise<FolderInMemory> {
  const [only] = given;
  if (given.length !== 1 || !only?.path.endsWith('.zip'))
    return new Map(given.map(({ path, content }) => [path, () => bytesOf(content)]));
  const entries = zipEntries(await bytesOf(only.content), only.path);
  return new Map(entries.map((entry) => [entry.name, () => unpack(entry, only.path)]));
}

async function bytesOf(content: Blob): Promise<Uint8Array> {
  return new Uint8Array(await content.arrayBuffer());
}

/** Where a whole run was given: the checkpoint that its run.json calls the best, or the last. */
async function bestOfRun(all: FolderInMemory, folders: readonly string[]): Promise<string | undefined> {
  const runs = [...all].filter(([path]) => baseName(path) === 'run.json');
  for (const [path, read] of runs) {
    const { best, last } = namesIn(new TextDecoder().decode(await read()));
    const found = [best, last]
      .map((name) => `${folderOf(path)}${name}/`)
      .find((name) => folders.includes(name));
    if (found !== undefined) return found;
  }
  return undefined;
}

function namesIn(json: string): { best?: unknown; last?: unknown } {
  try {
    return { ...JSON.parse(json) };
  } catch {
    return {}; // the folders will do
  }
}

/** 'a/b/c' → 'a/b/'; '' at the top. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** 'a/b/c' and 'a/b/c/' → 'c' */
function baseName(path: string): string {
  return path.split('/').findLast((part) => part !== '') ?? '';
}
