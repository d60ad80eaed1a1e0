// What the files of a text in shards are called: train/shard-00000.bin, val/shard-00000.bin, and while it is being prepared
// shard-00000.json, which says that both are whole, and preparing.json, which says what they are of.
import { join } from 'node:path';
import type { SplitName } from './split.ts';

export const PREPARING = 'preparing.json';
/** Where the tokenizer is until the shards are put together. */
export const TOKENIZER_FOLDER = 'tokenizer';

const nameOf = (number: number) => `shard-${String(number).padStart(5, '0')}`;

export function shardPath(folder: string, split: SplitName, number: number): string {
  return join(folder, split, `${nameOf(number)}.bin`);
}

export function manifestPath(folder: string, number: number): string {
  return join(folder, `${nameOf(number)}.json`);
}

/** Whether a file or folder of this name may stand in such a folder. */
export function isOfShards(name: string): boolean {
  return [PREPARING, TOKENIZER_FOLDER, 'train', 'val'].includes(name) || /^shard-\d{5,}\.json$/.test(name);
}

/** Whether this is the path of a shard from the folder. */
export function isShard(path: string): boolean {
  return /^(train|val)[\\/]shard-\d{5,}\.bin$/.test(path);
}
