// Token files of other programs: nanoGPT's .bin, which is nothing but tokens, and llm.c's, which begins with 256 numbers of 32 bits.
import { closeSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { flushFile } from '../base/atomic-files.ts';
import { TsgptError, UsageError } from '../base/errors.ts';
import { readable } from '../base/system-error.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { dtypeFor, type SplitMeta, type TextMeta, type TokenDtype } from './meta.ts';
import { checkReplaceable, describeTokenizer, writePrepared } from './prepared-folder.ts';
import { SPLITS, type SplitName } from './split.ts';
import type { TextDataset } from './text-dataset.ts';
import { openTokenFile, TokenWriter } from './token-file.ts';

export type BinFormat = 'nanogpt' | 'llm.c';

/** What llm.c's header begins with: a magic number and a version for each width. The number of tokens follows. */
const LLM_C: Readonly<Record<TokenDtype, readonly [magic: number, version: number]>> = {
  uint16: [20240520, 1],
  uint32: [20240801, 7],
};
const HEADER_NUMBERS = 256;
const HEADER_BYTES = 4 * HEADER_NUMBERS;
const AT_ONCE = 2 ** 16;

/**
 * Makes a prepared folder of another program's token files. Their format is told by how they begin.
 * @param files The training split's and the validation split's.
 * @param tokenizer What their tokens are of.
 * @returns What meta.json says.
 * @example
 * import { importBins, tokenizerFor, openText } from 'tsgpt';
 * const tokenizer = await tokenizerFor('gpt2', await openText(['builtin:stories']));
 * await importBins({ train: 'owt/train.bin', val: 'owt/val.bin' }, tokenizer, 'data/owt');
 */
export async function importBins(
  files: Readonly<Record<SplitName, string>>,
  tokenizer: Tokenizer,
  out: string,
): Promise<TextMeta> {
  checkReplaceable(out);
  return writePrepared(out, { tokenizer }, async (folder) => ({
    format: 1,
    kind: 'tokens',
    dtype: dtypeFor(tokenizer.vocabSize),
    tokenizer: describeTokenizer(tokenizer),
    source: `${files.train} + ${files.val}`,
    seed: 0,
    valFraction: 0.5,
    splitRule: 'as the files were',
    splits: {
      train: importOne(files.train, tokenizer, join(folder, 'train.bin')),
      val: importOne(files.val, tokenizer, join(folder, 'val.bin')),
    },
  }));
}

function importOne(path: string, tokenizer: Tokenizer, to: string): SplitMeta {
  const { dtype, skip } = layoutOf(path, tokenizer);
  const file = openTokenFile(path, dtype, undefined, skip);
  const writer = new TokenWriter(to, tokenizer.vocabSize);
  const { endOfText, vocabSize } = tokenizer;
  const lengths = Array.from({ length: vocabSize }, (_, id) =>
    id === endOfText ? 0 : tokenizer.bytesOf(id).length,
  );
  let [bytes, documents] = [0, 0];
  try {
    for (let at = 0; at < file.length; at += AT_ONCE) {
      const ids = file.read(at, Math.min(AT_ONCE, file.length - at));
      for (const [i, id] of ids.entries()) {
        const length = lengths[id];
        if (length === undefined)
          throw new TsgptError(
            `expected ids below ${vocabSize} in ${path}, but token ${at + i} is ${id >>> 0}`,
            'name the tokenizer that the tokens are of, and a .bin of nanoGPT or llm.c',
          );
        bytes += length;
        if (id === endOfText) documents++;
      }
      writer.append(ids);
    }
    if (file.length < 2)
      throw new TsgptError(`expected at least 2 tokens in ${path}, but it has ${file.length}`);
    return { tokens: file.length, bytes, documents, sha256: writer.finish() };
  } finally {
    writer.close();
    file.close();
  }
}

function layoutOf(path: string, tokenizer: Tokenizer): { dtype: TokenDtype; skip: number } {
  const size = sizeOf(path);
  const header = new Int32Array(3);
  const file = openSync(path, 'r');
  readSync(file, header, 0, header.byteLength, 0);
  closeSync(file);
  const [magic, version, tokens] = header;
  for (const dtype of ['uint16', 'uint32'] as const) {
    if (magic !== LLM_C[dtype][0] || version !== LLM_C[dtype][1]) continue;
    const width = dtype === 'uint16' ? 2 : 4;
    if (size === HEADER_BYTES + tokens! * width) return { dtype, skip: HEADER_BYTES };
    throw new TsgptError(
      `${path} is damaged: expected ${HEADER_BYTES + tokens! * width} bytes (${tokens} tokens of llm.c), but it has ${size}`,
    );
  }
  const dtype = dtypeFor(tokenizer.vocabSize);
  const width = dtype === 'uint16' ? 2 : 4;
  if (size % width === 0) return { dtype, skip: 0 };
  throw new TsgptError(`${path} is damaged: expected tokens of ${width} bytes, but it has ${size} bytes`);
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    throw readable(error, `reading ${path}`);
  }
}

/**
 * Writes a prepared text as another program's token files, train.bin and val.bin.
 * @example
 * import { exportBins, openDataset } from 'tsgpt';
 * await exportBins(openDataset('data/owt', 'tokens'), 'llm.c', 'exports/owt');
 */
export async function exportBins(data: TextDataset, format: BinFormat, out: string): Promise<void> {
  const { dtype, tokenizer } = data.meta;
  try {
    mkdirSync(out, { recursive: true });
    for (const split of SPLITS) {
      const tokens = data[split];
      if (format === 'llm.c' && tokens.length >= 2 ** 31)
        throw new UsageError(
          `llm.c's files have fewer than 2³¹ tokens, but ${split} has ${tokens.length}`,
          'take nanogpt',
        );
      const path = join(out, `${split}.bin`);
      const writer = new TokenWriter(path, tokenizer.vocabSize, dtype);
      try {
        if (format === 'llm.c') writer.begin(headerOf(dtype, tokens.length));
        for (let at = 0; at < tokens.length; at += AT_ONCE)
          writer.append(tokens.read(at, Math.min(AT_ONCE, tokens.length - at)));
        writer.finish();
      } finally {
        writer.close();
      }
      await flushFile(path);
    }
  } catch (error) {
    throw readable(error, `writing ${out}`);
  }
}

function headerOf(dtype: TokenDtype, tokens: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  for (const [i, number] of [...LLM_C[dtype], tokens].entries()) header.setInt32(4 * i, number, true);
  return new Uint8Array(header.buffer);
}
