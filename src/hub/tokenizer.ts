// The tokenizer of a model that someone else made: tokenizer.json, or the two files GPT-2 was published with.
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { fromJson } from '../tokenizers/from-json.ts';
import { loadTokenizer } from '../tokenizers/store.ts';
import { END_OF_TEXT, type Tokenizer } from '../tokenizers/tokenizer.ts';
import { readSmallText } from './files.ts';
import { folderWith } from './find.ts';

const JSON_FILE = 'tokenizer.json';
const [VOCABULARY, MERGES] = ['vocab.json', 'merges.txt'];
const MOST_BYTES = 256 << 20;

const vocabularySchema = z.custom<Record<string, number>>(
  (value) => typeof value === 'object' && value !== null,
  { error: 'expected an object of tokens and ids' },
);

/** The first of the folders that has one is where it comes from. */
export async function readTokenizer(
  folders: readonly string[],
): Promise<{ tokenizer: Tokenizer; files: string[] }> {
  const whole = await folderWith(folders, [JSON_FILE]);
  if (whole !== undefined) return { tokenizer: await loadTokenizer(whole), files: [join(whole, JSON_FILE)] };
  const folder = await folderWith(folders, [VOCABULARY, MERGES]);
  if (folder === undefined) {
    throw new TsgptError(
      `there is no tokenizer in ${folders.join(' or ')}: looked for ${JSON_FILE}, and for ${VOCABULARY} with ${MERGES}`,
    );
  }
  const files = [join(folder, VOCABULARY), join(folder, MERGES)] as const;
  const [vocabulary, merges] = await Promise.all(files.map((file) => readSmallText(file, MOST_BYTES)));
  const json = gpt2Json(parseJson(vocabulary!, vocabularySchema, files[0]), mergeLines(merges!));
  return { tokenizer: fromJson(json, basename(resolve(folder))), files: [...files] };
}

function mergeLines(text: string): string[] {
  return text.split(/\r?\n/).filter((line, i) => line !== '' && !(i === 0 && line.startsWith('#version')));
}

function gpt2Json(vocab: Readonly<Record<string, number>>, merges: string[]): object {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, use_regex: true };
  const endOfText = Object.hasOwn(vocab, END_OF_TEXT) ? [vocab[END_OF_TEXT]] : [];
  return {
    pre_tokenizer: byteLevel,
    decoder: byteLevel,
    added_tokens: endOfText.map((id) => ({ id, content: END_OF_TEXT, special: true })),
    model: { type: 'BPE', vocab, merges },
  };
}
