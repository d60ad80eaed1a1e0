// Makes a prepared folder of a text: train.bin, val.bin, the tokenizer's files and meta.json. The text is read twice: once to
// count it, and once to encode it.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFolderAtomic } from '../base/atomic-files.ts';
import { systemCode, UsageError, unexpected } from '../base/errors.ts';
import { prettyJson } from '../base/json.ts';
import { readable } from '../base/system-error.ts';
import { saveTokenizer } from '../tokenizers/store.ts';
import { readMeta } from './dataset.ts';
import { countText, type TextTotals } from './documents.ts';
import { checkValFraction, type EncodeOptions, encodeSplits } from './encode.ts';
import { type DataMeta, dtypeFor } from './meta.ts';
import { SPLITS, type SplitName, type SplitRule, splitRule } from './split.ts';
import { TokenWriter } from './token-file.ts';

export interface PrepareOptions extends EncodeOptions {
  out: string;
}

const FILES = new Set(['train.bin', 'val.bin', 'meta.json', 'tokenizer.json', 'tokenizer_config.json']);

/**
 * Encodes a text into the tokens of a training and a validation split, and writes them with their tokenizer to a folder.
 * @param options `valFraction` is the share of the text that is held back; `seed` says which documents these are. `out` may
 *   hold an earlier preparation, which is replaced.
 * @returns What meta.json says.
 * @example
 * import { openText, prepareData, tokenizerFor } from 'tsgpt';
 * const source = await openText(['builtin:stories']);
 * const tokenizer = await tokenizerFor('bpe', source, { vocabSize: 1024 });
 * const meta = await prepareData({ source, tokenizer, out: 'data/stories', valFraction: 0.1, seed: 1 });
 * console.log(meta.splits.train.tokens);
 */
export async function prepareData(options: PrepareOptions): Promise<DataMeta> {
  const { source, tokenizer, out, valFraction, seed } = options;
  checkValFraction(valFraction);
  if (!Number.isSafeInteger(seed)) throw unexpected('seed', 'a whole number', seed);
  checkReplaceable(out);
  const totals = await countText(source, (bytes) => options.onProgress?.({ phase: 'count', bytes }));
  const rule = splitRule(totals, valFraction, seed);
  await writeFolderAtomic(out, async (folder) => {
    const splits = await writeSplits(folder, options, rule, totals);
    const meta = describe(options, rule, splits);
    saveTokenizer(folder, tokenizer); // first: it has a meta.json of its own, which ours replaces
    writeFileSync(join(folder, 'meta.json'), prettyJson(meta));
    checkReplaceable(out);
  });
  return readMeta(out);
}

function describe(
  { source, tokenizer, valFraction, seed }: PrepareOptions,
  rule: SplitRule,
  splits: DataMeta['splits'],
): DataMeta {
  const { name, kind, vocabSize, fingerprint, endOfText } = tokenizer;
  return {
    format: 1,
    kind: 'tokens',
    dtype: dtypeFor(vocabSize),
    tokenizer: { name, kind, vocabSize, fingerprint, endOfText },
    source: source.description,
    seed,
    valFraction,
    splitRule: rule.description,
    splits,
  };
}

/** Only an empty folder, or one that holds a prepared text and nothing else, is replaced. */
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

/** Writes both token files, and returns what they hold. */
async function writeSplits(
  folder: string,
  options: PrepareOptions,
  rule: SplitRule,
  totals: TextTotals,
): Promise<DataMeta['splits']> {
  const open = (split: SplitName) =>
    new TokenWriter(join(folder, `${split}.bin`), options.tokenizer.vocabSize);
  const files = { train: open('train'), val: open('val') };
  try {
    const counts = await encodeSplits(options, rule, totals, files);
    return {
      train: { ...counts.train, sha256: files.train.finish() },
      val: { ...counts.val, sha256: files.val.finish() },
    };
  } finally {
    for (const split of SPLITS) files[split].close();
  }
}
