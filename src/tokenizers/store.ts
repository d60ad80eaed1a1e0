// Saves a tokenizer as files in a folder, and loads it from there.
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readText } from '../base/atomic-files.ts';
import { readable } from '../base/system-error.ts';
import { type About, CONFIG, missingTokenizer, readTokenizer, TOKENIZER, tokenizerFiles } from './files.ts';
import type { Tokenizer } from './tokenizer.ts';

export function saveTokenizer(folder: string, tokenizer: Tokenizer, about: About = {}): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(tokenizerFiles(tokenizer, about)))
      writeFileSync(join(folder, name), text);
  } catch (error) {
    throw readable(error, `writing the tokenizer to ${folder}`);
  }
}

/** `path`: a folder, or the tokenizer.json in it. */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, TOKENIZER) : path;
  if (!existsSync(file)) throw missingTokenizer(path);
  const folder = dirname(resolve(file));
  const config = join(folder, CONFIG);
  return readTokenizer(await readText(file), existsSync(config) ? await readText(config) : undefined, folder);
}
