// What general compressors make of the same text: bits per byte of the validation text, given the training text.
import { spawn } from 'node:child_process';
import { constants, gzipSync } from 'node:zlib';
import type { Dataset, TextDataset } from '../data/dataset.ts';
import type { Tokens } from '../data/tokens.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

export interface Compressed {
  name: string;
  bitsPerByte: number;
}

/** More of the training text than this is left away: no window reaches so far back. */
const MOST_BYTES = 2 ** 26;
const TOKENS_AT_ONCE = 2 ** 16;

const COMPRESSORS: Readonly<Record<string, (bytes: Buffer) => Promise<number | undefined>>> = {
  'gzip -9': async (bytes) => gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }).length,
  'xz -9e': (bytes) => sizeBy('xz', ['-9e', '-T1', '-c'], bytes),
};

/** A compressor that this machine lacks is left out; none can use the sources of pairs. */
export async function compressors(dataset: Dataset, tokenizer: Tokenizer): Promise<Compressed[]> {
  if (!isText(dataset)) return [];
  const { train, val } = dataset;
  const before = bytesOf(train, tokenizer).subarray(-MOST_BYTES);
  const text = bytesOf(val, tokenizer);
  const found: Compressed[] = [];
  for (const [name, sizeOf] of Object.entries(COMPRESSORS)) {
    const [alone, both] = [await sizeOf(before), await sizeOf(Buffer.concat([before, text]))];
    if (alone === undefined || both === undefined) continue;
    found.push({ name, bitsPerByte: (8 * (both - alone)) / text.length });
  }
  return found;
}

function isText(dataset: Dataset): dataset is TextDataset {
  return dataset.meta.kind === 'tokens';
}

function bytesOf(tokens: Tokens, tokenizer: Tokenizer): Buffer {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < tokens.length; at += TOKENS_AT_ONCE)
    for (const id of tokens.read(at, Math.min(TOKENS_AT_ONCE, tokens.length - at)))
      if (id !== tokenizer.endOfText) pieces.push(tokenizer.bytesOf(id));
  return Buffer.concat(pieces);
}

/** The size of what a program writes; undefined where there is no such program. */
function sizeBy(program: string, words: string[], input: Buffer): Promise<number | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'ignore'] });
    let size = 0;
    child.stdout.on('data', (piece: Buffer) => {
      size += piece.length;
    });
    child.on('error', () => resolve(undefined));
    child.on('close', (code) => resolve(code === 0 ? size : undefined));
    child.stdin.on('error', () => {}); // it closed early, and its exit says so
    child.stdin.end(input);
  });
}
