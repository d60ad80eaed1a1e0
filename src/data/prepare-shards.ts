// Makes a prepared folder of a text in shards: each holds the tokens of as much text as was asked for, and is whole or absent. What
// was killed goes on where it stopped; parts of the work may be done by other processes, and other machines.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { writeFileAtomic } from '../base/atomic-files.ts';
import { UsageError, unexpected } from '../base/errors.ts';
import { prettyJson } from '../base/json.ts';
import { saveTokenizer } from '../tokenizers/store.ts';
import { countText } from './documents.ts';
import { checkValFraction } from './encode.ts';
import { encodeShards } from './encode-shards.ts';
import { mergeShards } from './merge-shards.ts';
import type { TextMeta } from './meta.ts';
import { unfinishedMeta } from './prepare.ts';
import { checkReplaceable, checkSeed } from './prepared-folder.ts';
import { isSame, type Preparing, readPreparing, type ShardOptions } from './preparing.ts';
import { PREPARING, TOKENIZER_FOLDER } from './shard-names.ts';
import { splitRule } from './split.ts';

/** The bytes of text in a shard, if not given. */
export const SHARD_BYTES = 2 ** 28;

/**
 * Encodes a text into shards of tokens. The same call goes on with what an earlier one, which was killed, has finished; the result
 * is the same, to the byte, however often it was killed and into however many parts it was divided.
 * @param options With `part`, `out` holds this part's shards afterwards, to be put together by mergeShards.
 * @returns What meta.json says; nothing where a part was done.
 * @example
 * import { openText, prepareShards, tokenizerFor } from 'tsgpt';
 * const source = await openText(['fineweb/'], { shuffle: true, seed: 1 });
 * const tokenizer = await tokenizerFor('gpt2', source);
 * await prepareShards({ source, tokenizer, out: 'data/fineweb', valFraction: 0.01, seed: 1, shardBytes: 2 ** 28 });
 */
export async function prepareShards(options: ShardOptions): Promise<TextMeta | undefined> {
  const { source, out, valFraction, seed, shardBytes = SHARD_BYTES, part, onProgress } = options;
  checkValFraction(valFraction);
  checkSeed(seed);
  checkReplaceable(out);
  if (!(shardBytes >= 1)) throw unexpected('shardBytes', 'a number of 1 or more', shardBytes);
  if (part && !(part.number >= 1 && part.number <= part.of))
    throw unexpected('part', 'one such as 1/4', `${part.number}/${part.of}`);
  const hash = createHash('sha256');
  const totals = await countText(source, (bytes, { text, endsDocument }) => {
    hash.update(endsDocument ? `${text}\0` : text);
    onProgress?.({ phase: 'count', bytes });
  });
  const rule = splitRule(totals, valFraction, seed);
  const preparing: Preparing = {
    format: 1,
    text: hash.digest('hex'),
    shardBytes,
    meta: unfinishedMeta(options, rule),
  };
  const folder = part ? out : workFolder(out);
  await beginIn(folder, preparing, options);
  const shards = await encodeShards({ ...options, shardBytes }, { rule, totals, folder });
  await writeFileAtomic(join(folder, PREPARING), prettyJson({ ...preparing, shards }));
  if (part) return undefined;
  const meta = await mergeShards([folder], out);
  rmSync(folder, { recursive: true, force: true });
  return meta;
}

/** Beside the folder, which it replaces when it is whole. */
function workFolder(out: string): string {
  const target = resolve(out);
  return join(dirname(target), `.${basename(target)}.shards`);
}

async function beginIn(
  folder: string,
  preparing: Preparing,
  { tokenizer, part, out }: ShardOptions,
): Promise<void> {
  const isBegun = existsSync(join(folder, PREPARING));
  if (isBegun && isSame(readPreparing(folder), preparing)) return;
  if (isBegun && part)
    throw new UsageError(
      `${out} holds parts of another text, or of one that was prepared otherwise`,
      'choose another --out, or remove that folder yourself',
    );
  rmSync(folder, { recursive: true, force: true });
  for (const split of ['train', 'val']) mkdirSync(join(folder, split), { recursive: true });
  saveTokenizer(join(folder, TOKENIZER_FOLDER), tokenizer);
  await writeFileAtomic(join(folder, PREPARING), prettyJson(preparing));
}
