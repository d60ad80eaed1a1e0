// Makes a prepared folder of a text: train.bin, val.bin, the tokenizer's files and meta.json. The text is read twice: once to
// count it, and once to encode it.
import { join } from 'node:path';
import { countText, type TextTotals } from './documents.ts';
import { checkValFraction, type EncodeOptions, encodeSplits } from './encode.ts';
import { dtypeFor, type TextMeta } from './meta.ts';
import { checkReplaceable, checkSeed, describeTokenizer, writePrepared } from './prepared-folder.ts';
import { SPLITS, type SplitName, type SplitRule, splitRule } from './split.ts';
import { TokenWriter } from './token-file.ts';

export interface PrepareOptions extends EncodeOptions {
  out: string;
}

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
export async function prepareData(options: PrepareOptions): Promise<TextMeta> {
  const { source, tokenizer, out, valFraction, seed } = options;
  checkValFraction(valFraction);
  checkSeed(seed);
  checkReplaceable(out);
  const totals = await countText(source, (bytes) => options.onProgress?.({ phase: 'count', bytes }));
  const rule = splitRule(totals, valFraction, seed);
  return writePrepared(out, { tokenizer }, async (folder) => ({
    ...unfinishedMeta(options, rule),
    splits: await writeSplits(folder, options, rule, totals),
  }));
}

/** What meta.json says of a text, but for what its token files hold. */
export function unfinishedMeta(
  { source, tokenizer, seed, valFraction }: EncodeOptions,
  rule: SplitRule,
): Omit<TextMeta, 'splits'> {
  return {
    format: 1,
    kind: 'tokens',
    dtype: dtypeFor(tokenizer.vocabSize),
    tokenizer: describeTokenizer(tokenizer),
    source: source.description,
    seed,
    valFraction,
    splitRule: rule.description,
  };
}

/** Writes both token files, and returns what they hold. */
async function writeSplits(
  folder: string,
  options: PrepareOptions,
  rule: SplitRule,
  totals: TextTotals,
): Promise<TextMeta['splits']> {
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
