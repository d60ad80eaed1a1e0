// Saves a tokenizer as files in a folder, and loads it from there.
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readText } from '../base/atomic-files.ts';
import { readable } from '../base/system-error.ts';
import {
  type About,
  CHAT_TEMPLATE,
  CONFIG,
  missingTokenizer,
  readTokenizer,
  SOURCE_TOKENIZER,
  TOKENIZER,
  tokenizerFiles,
} from './files.ts';
import type { Tokenizer } from './tokenizer.ts';

/**
 * Writes a tokenizer to a folder, in Hugging Face's form.
 * @param about A name that replaces the tokenizer's own, and what people may want to know of it.
 * @example
 * import { openText, saveTokenizer, tokenizerFor } from 'tsgpt';
 * const tokenizer = await tokenizerFor('bpe', await openText(['poems/']), { vocabSize: 2048 });
 * saveTokenizer('tokenizer/poems', tokenizer, { learnedFrom: 'poems/' });
 */
export function saveTokenizer(folder: string, tokenizer: Tokenizer, about: About = {}): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(tokenizerFiles(tokenizer, about)))
      writeFileSync(join(folder, name), text);
  } catch (error) {
    throw readable(error, `writing the tokenizer to ${folder}`);
  }
}

/**
 * Reads a saved tokenizer, ours or one of Hugging Face's of the same kinds.
 * @param path A folder, or the tokenizer.json in it.
 * @example
 * import { loadTokenizer } from 'tsgpt';
 * const tokenizer = await loadTokenizer('tokenizer/poems');
 * console.log(tokenizer.vocabSize, tokenizer.encode('The moon'));
 */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, TOKENIZER) : path;
  if (!existsSync(file)) throw missingTokenizer(path);
  const folder = dirname(resolve(file));
  const beside = async (name: string) =>
    existsSync(join(folder, name)) ? readText(join(folder, name)) : undefined;
  const texts = {
    json: await readText(file),
    config: await beside(CONFIG),
    source: await beside(SOURCE_TOKENIZER),
    chatTemplate: await beside(CHAT_TEMPLATE),
  };
  return readTokenizer(texts, folder);
}
