// What a prepared folder holds besides tokens, whatever its kind; and whether a folder may be replaced by one.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFolderAtomic } from '../base/atomic-files.ts';
import { systemCode, UsageError, unexpected } from '../base/errors.ts';
import { prettyJson } from '../base/json.ts';
import { readable } from '../base/system-error.ts';
import { CHAT_TEMPLATE, CONFIG, SOURCE_TOKENIZER, TOKENIZER } from '../tokenizers/files.ts';
import { saveTokenizer } from '../tokenizers/store.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { chatFileNames } from './chat-file.ts';
import type { DataMeta } from './meta.ts';
import { pairFileNames } from './pair-file.ts';
import { PAIR_SPLITS } from './pair-split.ts';
import { isOfShards, isShard, PREPARING } from './shard-names.ts';
import { SPLITS } from './split.ts';

const META = 'meta.json';
const FILES = new Set([
  ...[TOKENIZER, CONFIG, SOURCE_TOKENIZER, CHAT_TEMPLATE, META],
  ...PAIR_SPLITS.flatMap((split) => Object.values({ ...pairFileNames(split), ...chatFileNames(split) })),
]);

/** Replaces the folder by one with the token files that `write` writes, its meta.json, and the tokenizers. */
export async function writePrepared<Meta extends DataMeta>(
  out: string,
  tokenizers: { tokenizer: Tokenizer; sourceTokenizer?: Tokenizer },
  write: (folder: string) => Promise<Meta>,
): Promise<Meta> {
  const { tokenizer, sourceTokenizer = tokenizer } = tokenizers;
  let meta: Meta;
  await writeFolderAtomic(out, async (folder) => {
    meta = await write(folder);
    saveTokenizer(folder, tokenizer); // first: it has a meta.json of its own, which ours replaces
    if (sourceTokenizer.fingerprint !== tokenizer.fingerprint)
      writeFileSync(join(folder, SOURCE_TOKENIZER), JSON.stringify(sourceTokenizer.toJSON()));
    writeFileSync(join(folder, META), prettyJson(meta));
    checkReplaceable(out);
  });
  return meta!;
}

export function describeTokenizer(tokenizer: Tokenizer): DataMeta['tokenizer'] {
  const { name, kind, vocabSize, fingerprint, endOfText, mask } = tokenizer;
  return {
    ...{ name, kind, vocabSize, fingerprint },
    ...(endOfText !== undefined && { endOfText }),
    ...(mask !== undefined && { mask }),
  };
}

export function checkSeed(seed: number): void {
  if (!Number.isSafeInteger(seed)) throw unexpected('seed', 'a whole number', seed);
}

/** Only an empty folder, or one that holds a prepared text and nothing else, is replaced. */
export function checkReplaceable(out: string): void {
  const stranger = strangerIn(out);
  if (stranger === undefined) return;
  throw new UsageError(
    `expected ${out} to be new, empty or a prepared text, but it holds ${stranger}`,
    'choose another --out, or remove that folder yourself',
  );
}

function strangerIn(out: string): string | undefined {
  const names = entriesOf(out);
  const isPrepared = names.includes(META) && (names.includes('train.bin') || names.includes('train'));
  const sharded = SPLITS.flatMap((split) => (names.includes(split) ? shardsIn(out, split) : []));
  return (
    names.find(
      (name) => !(isPrepared || names.includes(PREPARING)) || !(FILES.has(name) || isOfShards(name)),
    ) ?? sharded.find((name) => !isShard(name))
  );
}

function shardsIn(out: string, split: string): string[] {
  return readdirSync(join(out, split)).map((name) => join(split, name));
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw readable(error, `writing ${folder}`);
  }
}
