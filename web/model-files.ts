// Finds the files of a saved model in what a person opens: a zip archive, the folder of a checkpoint or of a run, an
// adapter's folder with its base's, or the files alone.
import {
  ADAPTER_FILES,
  CHECKPOINT_FILES,
  type FolderInMemory,
  TsgptError,
  unpack,
  zipEntries,
} from 'tsgpt/web';
import type { GivenFile } from './messages.ts';

export interface ModelFolder {
  /** Errors call the model by this name. */
  name: string;
  files: FolderInMemory;
  /** All folders that were given, by path: an adapter's base is among them. */
  beside: ReadonlyMap<string, FolderInMemory>;
}

export async function modelFolder(given: readonly GivenFile[]): Promise<ModelFolder> {
  const all = await filesByPath(given);
  const folders = byFolder(all);
  const holding = (...names: string[]) =>
    [...folders.keys()].filter((path) => names.every((name) => folders.get(path)!.has(name))).sort();
  const adapters = holding(ADAPTER_FILES.config);
  const whole = holding(CHECKPOINT_FILES.config, CHECKPOINT_FILES.parameters);
  // An adapter comes before whole models, one of which may be its base. A config.json alone comes last: the error that
  // follows names the files that are missing beside it.
  const found = [adapters, whole, holding(CHECKPOINT_FILES.config)].find(({ length }) => length > 0) ?? [];
  const chosen = (await bestOfRun(all, found)) ?? found.at(-1);
  if (chosen === undefined) {
    throw new TsgptError(
      `there is no saved model in ${given[0]?.path ?? 'nothing'}: it has no ${CHECKPOINT_FILES.config}`,
      'open the zip that this page saved, or a checkpoint’s folder such as checkpoints/mine/step-000500, or all its files at once',
    );
  }
  const name = baseName(chosen) || given[0]!.path.replace(/\.zip$/, '');
  return { name, files: folders.get(chosen)!, beside: folders };
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

function byFolder(all: FolderInMemory): Map<string, Map<string, () => Promise<Uint8Array>>> {
  const folders = new Map<string, Map<string, () => Promise<Uint8Array>>>();
  for (const [path, read] of all) {
    const files = folders.get(folderOf(path)) ?? new Map();
    folders.set(folderOf(path), files.set(baseName(path), read));
  }
  return folders;
}

/** In a run's folder, run.json names the best checkpoint and the last. */
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
    return {}; // without a run.json the last of the folders is taken
  }
}

/** 'a/b/c' → 'a/b/', and 'c' → ''. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** 'a/b/c' and 'a/b/c/' → 'c' */
function baseName(path: string): string {
  return path.split('/').findLast((part) => part !== '') ?? '';
}
