// Opens a prepared folder: its files are checked against meta.json and read by position.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { digestFile } from '../base/atomic-files.ts';
import { messageOf, systemCode, TsgptError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { readable } from '../base/system-error.ts';
import { BYTES_PER_TOKEN, type DataMeta, metaSchema } from './meta.ts';
import { SPLITS } from './split.ts';
import { openTokenFile } from './token-file.ts';
import type { Tokens } from './tokens.ts';

const PREPARE_AGAIN = 'prepare the text again with the same --out';

export interface Dataset {
  readonly folder: string;
  readonly meta: DataMeta;
  readonly train: Tokens;
  readonly val: Tokens;
  /** Reads both token files whole and compares their SHA-256 with meta.json. */
  verify(): Promise<void>;
  close(): void;
}

export function openDataset(folder: string): Dataset {
  const meta = readMeta(folder);
  for (const split of SPLITS) checkSize(folder, meta, split);
  const train = openTokenFile(join(folder, 'train.bin'), meta.dtype);
  const val = openTokenFile(join(folder, 'val.bin'), meta.dtype);
  return {
    folder,
    meta,
    train,
    val,
    async verify() {
      for (const split of SPLITS) await checkHash(join(folder, `${split}.bin`), meta.splits[split].sha256);
    },
    close() {
      train.close();
      val.close();
    },
  };
}

export function readMeta(folder: string): DataMeta {
  const path = join(folder, 'meta.json');
  try {
    return parseJson(readFileSync(path, 'utf8'), metaSchema, path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) {
      throw new TsgptError(
        `expected a folder of prepared text, but there is no ${path}`,
        `make it: tsgpt prepare <text> --tokenizer <name> --out ${folder}`,
      );
    }
    throw new TsgptError(messageOf(readable(error, `reading ${path}`)), PREPARE_AGAIN, { cause: error });
  }
}

function checkSize(folder: string, meta: DataMeta, split: (typeof SPLITS)[number]): void {
  const path = join(folder, `${split}.bin`);
  const { tokens } = meta.splits[split];
  const wanted = tokens * BYTES_PER_TOKEN[meta.dtype];
  const got = statSync(path, { throwIfNoEntry: false })?.size;
  if (got === undefined) throw damaged(path, 'it is missing');
  if (got !== wanted) {
    throw damaged(path, `expected ${wanted} bytes (${tokens} tokens of ${meta.dtype}), but it has ${got}`);
  }
}

async function checkHash(path: string, wanted: string): Promise<void> {
  const { sha256: got } = await digestFile(path);
  if (got !== wanted) throw damaged(path, `expected SHA-256 ${wanted}, but it has ${got}`);
}

function damaged(path: string, why: string): TsgptError {
  return new TsgptError(`${path} is damaged: ${why}`, PREPARE_AGAIN);
}
