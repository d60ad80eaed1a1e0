// Puts the shards of a text together that several processes have prepared, each a part of them.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode, TsgptError, UsageError } from '../base/errors.ts';
import { loadTokenizer } from '../tokenizers/store.ts';
import { checkSize } from './damaged.ts';
import { readManifest } from './encode-shards.ts';
import { BYTES_PER_TOKEN, type ShardMeta, type SplitMeta, type TextMeta } from './meta.ts';
import { checkReplaceable, writePrepared } from './prepared-folder.ts';
import { isSame, readPreparing } from './preparing.ts';
import { manifestPath, shardPath, TOKENIZER_FOLDER } from './shard-names.ts';
import { SPLITS, type SplitName } from './split.ts';

const RUN_AGAIN = 'name the folders of all parts, or run the command of the missing ones again';

/**
 * Makes a prepared folder of parts, each prepared by `prepare --part` or prepareShards.
 * @param folders Where the parts are: one folder, if all were prepared into the same, or several.
 * @param out May be one of them, which is replaced.
 * @returns What meta.json says.
 * @example
 * import { mergeShards } from 'tsgpt';
 * const meta = await mergeShards(['parts/1', 'parts/2'], 'data/fineweb');
 * console.log(meta.splits.train.tokens);
 */
export async function mergeShards(folders: readonly string[], out: string): Promise<TextMeta> {
  const [first, ...others] = folders.map((folder) => ({ folder, preparing: readPreparing(folder) }));
  if (first === undefined) throw new UsageError('no part is named', 'name the folders of all parts');
  for (const { folder, preparing } of others)
    if (!isSame(first.preparing, preparing))
      throw new UsageError(
        `${folder} is of another text than ${first.folder}, or was prepared otherwise`,
        'prepare all parts by the same command, but for --part and --out',
      );
  checkReplaceable(out);
  const found = allShards(
    folders,
    [first, ...others].map(({ preparing }) => preparing.shards),
  );
  const tokenizer = await loadTokenizer(join(first.folder, TOKENIZER_FOLDER));
  const { meta } = first.preparing;
  return writePrepared(out, { tokenizer }, async (folder) => {
    const shards: ShardMeta[] = [];
    for (const split of SPLITS) mkdirSync(join(folder, split));
    for (const [number, from] of found.entries()) {
      shards.push(readManifest(from, number));
      for (const split of SPLITS) {
        const path = shardPath(from, split, number);
        const { tokens } = shards[number]![split];
        checkSize(path, tokens * BYTES_PER_TOKEN[meta.dtype], `${tokens} tokens of ${meta.dtype}`);
        linkOrCopy(path, shardPath(folder, split, number));
      }
    }
    return { ...meta, splits: { train: together(shards, 'train'), val: together(shards, 'val') } };
  });
}

/** The folder that each shard is in. */
function allShards(folders: readonly string[], counts: readonly (number | undefined)[]): string[] {
  const count = counts.find((shards) => shards !== undefined);
  if (count === undefined)
    throw new TsgptError(`no part in ${folders.join(', ')} was prepared to its end`, RUN_AGAIN);
  const places = Array.from({ length: count }, (_, number) =>
    folders.find((folder) => existsSync(manifestPath(folder, number))),
  );
  const found = places.filter((folder) => folder !== undefined);
  if (found.length === count) return found;
  const missing = `${count - found.length} of ${count} shards are missing`;
  throw new TsgptError(`${missing}, the first of them shard ${places.indexOf(undefined)}`, RUN_AGAIN);
}

function together(shards: readonly ShardMeta[], split: SplitName): SplitMeta {
  const parts = shards.map((shard) => shard[split]);
  const sum = (count: 'tokens' | 'bytes' | 'documents') =>
    parts.reduce((total, part) => total + part[count], 0);
  const nats = parts.reduce<number | undefined>(
    (total, part) => (total === undefined || part.nats === undefined ? undefined : total + part.nats),
    0,
  );
  const tokens = sum('tokens');
  if (tokens < 2)
    throw new TsgptError(
      `expected at least 2 tokens in the ${split} split, but it has ${tokens}`,
      'give more text, or another --val-fraction',
    );
  return {
    ...{ tokens, bytes: sum('bytes'), documents: sum('documents') },
    ...(nats !== undefined && { nats }),
    sha256: createHash('sha256')
      .update(parts.map(({ sha256 }) => sha256).join(''))
      .digest('hex'),
    shards: parts.map(({ tokens, sha256 }) => ({ tokens, sha256 })),
  };
}

/** A file with two names takes its room once. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK', 'ENOSYS'].includes(systemCode(error) ?? '')) throw error;
    copyFileSync(from, to);
  }
}
