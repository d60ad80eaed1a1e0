// What a text in shards is prepared by, and preparing.json: what the shards of a folder are of, before they are put together.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { unfinishedMetaSchema } from './meta.ts';
import type { PrepareOptions } from './prepare.ts';
import { PREPARING } from './shard-names.ts';

export interface ShardOptions extends PrepareOptions {
  /** A shard ends with the first document that makes its text as large as this. */
  shardBytes?: number | undefined;
  /** Do this part of the work alone, and leave it to be merged: the first of four is { number: 1, of: 4 }. */
  part?: { number: number; of: number } | undefined;
}

const preparingSchema = z.object({
  format: z.literal(1),
  text: z.hex().describe('SHA-256 of the text, after each document a zero byte'),
  shardBytes: z.number(),
  meta: unfinishedMetaSchema,
  shards: z.int().positive().optional().describe('how many there are in all, once that is known'),
});
export type Preparing = z.infer<typeof preparingSchema>;

export function readPreparing(folder: string): Preparing {
  const path = join(folder, PREPARING);
  if (existsSync(path)) return parseJson(readFileSync(path, 'utf8'), preparingSchema, path);
  throw new TsgptError(
    `expected a part of a prepared text in ${folder}, but there is no ${path}`,
    'make parts: tsgpt prepare <text> --part 1/4 --out <folder>',
  );
}

/** Whether shards of the two belong together. How a user named the text does not matter. */
export function isSame(one: Preparing, other: Preparing): boolean {
  const core = ({ text, shardBytes, meta }: Preparing) => ({ text, shardBytes, ...meta, source: undefined });
  return isDeepStrictEqual(core(one), core(other));
}
