// Opens a prepared folder: its files are checked against meta.json and read by position.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, systemCode, TsgptError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { readable } from '../base/system-error.ts';
import { openChatFile } from './chat-file.ts';
import type { Conversations } from './conversations.ts';
import { checkHash, checkSize, PREPARE_AGAIN } from './damaged.ts';
import {
  BYTES_PER_TOKEN,
  type ChatMeta,
  type DataMeta,
  metaSchema,
  type PairMeta,
  type TextMeta,
} from './meta.ts';
import { mixNamed, openMix } from './mix.ts';
import { openPairFile } from './pair-file.ts';
import { PAIR_SPLITS, type PairSplitName } from './pair-split.ts';
import type { Pairs } from './pairs.ts';
import { SPLITS, type SplitName } from './split.ts';
import type { PreparedFolder, TextDataset } from './text-dataset.ts';
import { openTokenFiles, tokenFilesOf } from './token-files.ts';

export type { TextDataset } from './text-dataset.ts';

/**
 * A folder of prepared pairs of texts, opened.
 */
export interface PairDataset extends PreparedFolder, Readonly<Record<PairSplitName, Pairs>> {
  readonly meta: PairMeta;
}

/**
 * A folder of prepared conversations, opened.
 */
export interface ChatDataset extends PreparedFolder, Readonly<Record<PairSplitName, Conversations>> {
  readonly meta: ChatMeta;
}

/** `meta.kind` tells them apart. */
export type Dataset = TextDataset | PairDataset | ChatDataset;
type DatasetOf<Kind extends DataMeta['kind']> = {
  tokens: TextDataset;
  pairs: PairDataset;
  chat: ChatDataset;
}[Kind];

/**
 * Opens a folder that prepareData, preparePairs or prepareChat made. Its token files are read by position, never whole.
 * @param folder Or several, mixed by weight: `web:0.7,books:0.3`.
 * @param kind What it must hold, where not all will do.
 * @example
 * import { openDataset } from 'tsgpt';
 * const data = openDataset('data/poems', 'tokens');
 * console.log(data.meta.tokenizer.name, data.train.length, data.val.read(0, 8));
 * data.close();
 */
export function openDataset<Kind extends DataMeta['kind']>(folder: string, kind?: Kind): DatasetOf<Kind>;
export function openDataset(folder: string, kind?: DataMeta['kind']): Dataset {
  const mix = mixNamed(folder);
  if (mix !== undefined && (kind ?? 'tokens') === 'tokens')
    return openMix(mix, (part) => openDataset(part, 'tokens'));
  const meta = readMeta(folder);
  if (kind !== undefined && kind !== meta.kind) throw otherKind(folder, kind, meta.kind);
  if (meta.kind === 'tokens') return openText(folder, meta);
  return meta.kind === 'pairs' ? openPairs(folder, meta) : openChatSplits(folder, meta);
}

function openText(folder: string, meta: TextMeta): TextDataset {
  const { dtype, splits, tokenizer } = meta;
  const filesOf = (split: SplitName) => tokenFilesOf(folder, split, splits[split]);
  for (const { path, tokens } of SPLITS.flatMap(filesOf))
    checkSize(path, tokens * BYTES_PER_TOKEN[dtype], `${tokens} tokens of ${dtype}`);
  const open = (split: SplitName) => openTokenFiles(filesOf(split), dtype, tokenizer.endOfText);
  const [train, val] = [open('train'), open('val')];
  return {
    folder,
    tokenizerFolder: folder,
    meta,
    train,
    val,
    async verify() {
      for (const { path, sha256 } of SPLITS.flatMap(filesOf)) await checkHash(path, sha256);
    },
    close() {
      train.close();
      val.close();
    },
  };
}

function openPairs(folder: string, meta: PairMeta): PairDataset {
  const open = (split: PairSplitName) => openPairFile(folder, split, meta.splits[split], meta.dtype);
  const files = { train: open('train'), val: open('val'), test: open('test') };
  return { folder, tokenizerFolder: folder, meta, ...files, ...together(files) };
}

function openChatSplits(folder: string, meta: ChatMeta): ChatDataset {
  const open = (split: PairSplitName) => openChatFile(folder, split, meta.splits[split], meta.dtype);
  const files = { train: open('train'), val: open('val'), test: open('test') };
  return { folder, tokenizerFolder: folder, meta, ...files, ...together(files) };
}

function together(files: Readonly<Record<PairSplitName, { verify(): Promise<void>; close(): void }>>) {
  return {
    async verify() {
      for (const split of PAIR_SPLITS) await files[split].verify();
    },
    close() {
      for (const split of PAIR_SPLITS) files[split].close();
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

/** What each kind of folder holds, and how to make one. */
const KINDS = {
  tokens: { holds: 'a text', make: 'prepare a text: tsgpt prepare <text> --out <folder>' },
  pairs: { holds: 'pairs of texts', make: 'prepare pairs: tsgpt prepare --pairs <pairs> --out <folder>' },
  chat: { holds: 'conversations', make: 'prepare conversations: tsgpt prepare <file> --chat --out <folder>' },
} as const satisfies Record<DataMeta['kind'], object>;

function otherKind(folder: string, wanted: DataMeta['kind'], got: DataMeta['kind']): TsgptError {
  const { holds, make } = KINDS[wanted];
  return new TsgptError(`expected ${holds}, but ${folder} holds ${KINDS[got].holds}`, make);
}
