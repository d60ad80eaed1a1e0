// Token files of a split, one or thousands, read as one sequence of tokens. A few of them are open at a time.
import { join } from 'node:path';
import type { SplitMeta, TokenDtype } from './meta.ts';
import { shardPath } from './shard-names.ts';
import type { SplitName } from './split.ts';
import { openTokenFile, type TokenFile } from './token-file.ts';
import { checkRange, inOneRow } from './tokens.ts';

const MOST_OPEN = 128;

export interface TokenFileMeta {
  path: string;
  tokens: number;
  sha256: string;
}

export function tokenFilesOf(folder: string, split: SplitName, meta: SplitMeta): TokenFileMeta[] {
  if (meta.shards === undefined) return [{ ...meta, path: join(folder, `${split}.bin`) }];
  return meta.shards.map((shard, number) => ({ ...shard, path: shardPath(folder, split, number) }));
}

/** Of those that are open, the one that was read the longest ago is closed where another is needed. */
export function openTokenFiles(
  files: readonly TokenFileMeta[],
  dtype: TokenDtype,
  endOfText?: number,
): TokenFile {
  const open = new Map<string, TokenFile>();
  function opened(path: string): TokenFile {
    const file = open.get(path) ?? openTokenFile(path, dtype);
    open.delete(path);
    open.set(path, file); // a map keeps the order in which its keys were set
    if (open.size > MOST_OPEN) {
      const [oldest, unused] = open.entries().next().value!;
      unused.close();
      open.delete(oldest);
    }
    return file;
  }
  for (const { path } of files.slice(0, 1)) opened(path); // what cannot be read is refused at once
  const parts = files.map(({ path, tokens }) => ({
    length: tokens,
    read: (start: number, count: number) => opened(path).read(start, count),
  }));
  const row = inOneRow(parts);
  return {
    length: row.length,
    endOfText,
    read(start, count) {
      checkRange(row.length, start, count);
      return row.read(start, count);
    },
    close() {
      for (const file of open.values()) file.close();
      open.clear();
    },
  };
}
