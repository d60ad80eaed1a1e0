// A GPT-2 from the hub into the cache, in the places where transformers.js looks for it.
// Weights are streamed to disk: they are never held in memory.
import { statSync } from 'node:fs';
import { download, FileChanged } from '../base/download.ts';
import { hubSettings } from './hub-settings.ts';
import { type HubFile, openRepository } from './repository.ts';
import { wantedFiles } from './wanted-files.ts';

export interface RepositoryProgress {
  file: string;
  /** The figures are bytes; `all` counts every file that was not in the cache. */
  received: number;
  total: number | undefined;
  allReceived: number;
  allTotal: number | undefined;
  /** Set while a request waits to be tried again: why, and for how long. */
  waiting?: string;
}

export interface RepositoryOptions {
  /** A branch, a tag or a commit; "main" if not given. */
  revision?: string;
  onProgress?: (progress: RepositoryProgress) => void;
}

const MOST_VERSIONS = 3;

/** `second` is how many milliseconds a second of waiting has. Returns the folder that holds the files. */
export async function downloadRepository(
  id: string,
  { revision = 'main', onProgress }: RepositoryOptions = {},
  second = 1000,
): Promise<string> {
  const repository = openRepository(await hubSettings(), id, revision);
  let now: RepositoryProgress = {
    file: '',
    received: 0,
    total: undefined,
    allReceived: 0,
    allTotal: undefined,
  };
  const tell = (change: Partial<RepositoryProgress>) => {
    now = { ...now, ...change };
    onProgress?.(now);
  };
  const retry = {
    second,
    onWait(reason: string) {
      onProgress?.({ ...now, waiting: reason });
    },
  };
  let finished = 0; // bytes

  function find(file: string): Promise<HubFile | undefined> {
    now = { ...now, file, received: 0, total: undefined };
    return repository.find(file, retry);
  }

  async function fetchVersion({ file, url, path, size, etag, sha256 }: HubFile): Promise<void> {
    now = { ...now, file, received: 0, total: size, allReceived: finished };
    await download(url, path, {
      ...retry,
      ...(size !== undefined && { size }),
      ...(etag !== undefined && { etag }),
      ...(sha256 !== undefined && { sha256 }),
      fetch: (address, { headers }) => repository.get(address, headers),
      onProgress: ({ received, total }) => tell({ file, received, total, allReceived: finished + received }),
    });
    finished += statSync(path).size;
  }

  async function fetch(wanted: HubFile): Promise<void> {
    let version: HubFile | undefined = wanted;
    for (let versions = 1; version?.cached === false; versions++) {
      try {
        return await fetchVersion(version);
      } catch (error) {
        if (!(error instanceof FileChanged) || versions === MOST_VERSIONS) throw error;
        version = await find(wanted.file);
      }
    }
    if (version === undefined) throw repository.lacks(`${wanted.file} any more`, [wanted.file]);
  }

  const missing = (await wantedFiles({ repository, find, fetch })).filter(({ cached }) => !cached);
  now.allTotal = missing.reduce<number | undefined>(
    (sum, { size }) => (sum === undefined || size === undefined ? undefined : sum + size),
    finished,
  );
  for (const file of missing) await fetch(file);
  return repository.folder;
}
