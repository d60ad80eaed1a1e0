// Text into a prepared folder: train.bin, val.bin, the tokenizer's files and meta.json. Reads the text twice: to count, to encode.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode, TsgptError, UsageError, unexpected } from '../base/errors.ts';
import { writeFolderAtomic } from '../base/files.ts';
import { readable } from '../base/system-error.ts';
import type { TextSource } from '../text/source.ts';
import { cutBetweenWords } from '../tokenizers/boundary.ts';
import { saveTokenizer } from '../tokenizers/store.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { readMeta } from './dataset.ts';
import { countText, documentPieces, type TextTotals } from './documents.ts';
import { type DataMeta, dtypeFor } from './meta.ts';
import { SPLITS, type SplitName, type SplitRule, splitRule } from './split.ts';
import { SplitWriter } from './split-writer.ts';

export interface PrepareOptions {
  source: TextSource;
  tokenizer: Tokenizer;
  out: string;
  /** Share of the text that is held back: of the documents, or of the code points of a single one. */
  valFraction: number;
  seed: number;
  onProgress?: (progress: PrepareProgress) => void;
}

export interface PrepareProgress {
  phase: 'count' | 'encode';
  bytes: number;
  /** Known once the text has been counted. */
  totalBytes?: number;
}

const FILES = new Set(['train.bin', 'val.bin', 'meta.json', 'tokenizer.json', 'tokenizer_config.json']);

export async function prepareData(options: PrepareOptions): Promise<DataMeta> {
  const { source, tokenizer, out, valFraction, seed } = options;
  checkValFraction(valFraction);
  if (!Number.isSafeInteger(seed)) throw unexpected('seed', 'a whole number', seed);
  checkReplaceable(out);
  const totals = await countText(source, (bytes) => options.onProgress?.({ phase: 'count', bytes }));
  const rule = splitRule(totals, valFraction, seed);
  await writeFolderAtomic(out, async (folder) => {
    const splits = await encode(folder, options, rule, totals);
    const meta = describe(options, rule, splits);
    saveTokenizer(folder, tokenizer); // first: it has a meta.json of its own, which ours replaces
    writeFileSync(join(folder, 'meta.json'), `${JSON.stringify(meta, undefined, 2)}\n`);
    checkReplaceable(out);
  });
  return readMeta(out);
}

export function checkValFraction(valFraction: number): void {
  if (valFraction > 0 && valFraction < 1) return;
  throw unexpected('valFraction', 'a number above 0 and below 1', valFraction);
}

function describe(
  { source, tokenizer, valFraction, seed }: PrepareOptions,
  rule: SplitRule,
  splits: DataMeta['splits'],
): DataMeta {
  const { name, kind, vocabSize, fingerprint, endOfText } = tokenizer;
  return {
    format: 1,
    dtype: dtypeFor(vocabSize),
    tokenizer: { name, kind, vocabSize, fingerprint, endOfText },
    source: source.description,
    seed,
    valFraction,
    splitRule: rule.description,
    splits,
  };
}

/** Only an empty folder, or one that holds a prepared text and nothing else, may make way. */
function checkReplaceable(out: string): void {
  let names: string[];
  try {
    names = readdirSync(out);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw readable(error, `writing ${out}`);
  }
  const isPrepared = names.includes('meta.json') && names.includes('train.bin');
  const stranger = names.find((name) => !isPrepared || !FILES.has(name));
  if (stranger === undefined) return;
  throw new UsageError(
    `expected ${out} to be new, empty or a prepared text, but it holds ${stranger}`,
    'choose another --out, or remove that folder yourself',
  );
}

async function encode(
  folder: string,
  { source, tokenizer, onProgress }: PrepareOptions,
  rule: SplitRule,
  totals: TextTotals,
): Promise<DataMeta['splits']> {
  const open = (split: SplitName) =>
    new SplitWriter(
      join(folder, `${split}.bin`),
      tokenizer,
      rule.keepsDocuments ? tokenizer.endOfText : undefined,
    );
  const writers = { train: open('train'), val: open('val') };
  try {
    let bytes = 0;
    let documents = 0;
    for await (const { text, endsDocument, nats, document } of cutBetweenWords(documentPieces(source))) {
      const shares = rule.share(text, document);
      for (const split of SPLITS) {
        writers[split].add(shares[split]);
        if (endsDocument) writers[split].endDocument(rule.keepsDocuments ? nats : undefined);
      }
      if (endsDocument) documents++;
      bytes += Buffer.byteLength(text);
      onProgress?.({ phase: 'encode', bytes, totalBytes: totals.bytes });
    }
    if (bytes !== totals.bytes || documents !== totals.documents) {
      throw new TsgptError(`${source.description} changed while it was read`, 'prepare it again');
    }
    const splits = { train: writers.train.finish(), val: writers.val.finish() };
    for (const split of SPLITS) checkEnough(split, splits[split].tokens);
    return splits;
  } finally {
    for (const split of SPLITS) writers[split].close();
  }
}

function checkEnough(split: SplitName, tokens: number): void {
  if (tokens >= 2) return;
  const change = split === 'val' ? 'larger' : 'smaller';
  throw new TsgptError(
    `expected at least 2 tokens in the ${split} split, but it has ${tokens}`,
    `give more text, or a ${change} --val-fraction`,
  );
}
