// The tokenizer of a model that someone else made: tokenizer.json, or what GPT-2 and BERT were published with.
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { CONFIG } from '../tokenizers/files.ts';
import { fromJson } from '../tokenizers/from-json.ts';
import { loadTokenizer } from '../tokenizers/store.ts';
import { END_OF_TEXT, type Tokenizer } from '../tokenizers/tokenizer.ts';
import { UNCASED, wordPieceJson } from '../tokenizers/word-piece-json.ts';
import { readSmallText } from './files.ts';
import { folderWith } from './find.ts';

const JSON_FILE = 'tokenizer.json';
const [VOCABULARY, MERGES] = ['vocab.json', 'merges.txt'];
const PIECES = 'vocab.txt';
const MOST_BYTES = 256 << 20;

const vocabularySchema = z.custom<Record<string, number>>(
  (value) => typeof value === 'object' && value !== null,
  { error: 'expected an object of tokens and ids' },
);

/** A vocabulary alone leaves open how text is folded, which the settings beside it say; BERT's own folds it all. */
const foldingSchema = z.object({
  do_lower_case: z.boolean().default(true),
  strip_accents: z.boolean().nullable().default(null),
  tokenize_chinese_chars: z.boolean().default(true),
});

interface ReadTokenizer {
  tokenizer: Tokenizer;
  files: string[];
}

/** The first of the folders that has one is where it comes from. */
export async function readTokenizer(folders: readonly string[]): Promise<ReadTokenizer> {
  const whole = await folderWith(folders, [JSON_FILE]);
  if (whole !== undefined) return { tokenizer: await loadTokenizer(whole), files: [join(whole, JSON_FILE)] };
  const folder = await folderWith(folders, [VOCABULARY, MERGES]);
  if (folder !== undefined) return gpt2Tokenizer(folder);
  const withPieces = await folderWith(folders, [PIECES]);
  if (withPieces !== undefined) return bertTokenizer(withPieces);
  throw new TsgptError(
    `there is no tokenizer in ${folders.join(' or ')}: looked for ${JSON_FILE}, for ${VOCABULARY} with ${MERGES}, and for ${PIECES}`,
  );
}

const addedSchema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.number(), content: z.string() })),
});

/** Without the added tokens for which a model has no vector: a tokenizer may be shared with one that reads images, too. */
export function fittedTokenizer(
  tokenizer: Tokenizer,
  vocabSize: number,
): { tokenizer: Tokenizer; leftOut: string[] } {
  const json = tokenizer.toJSON();
  const added = addedSchema.safeParse(json).data?.added_tokens ?? [];
  const leftOut = added.filter(({ id }) => id >= vocabSize).map(({ content }) => content);
  if (leftOut.length === 0) return { tokenizer, leftOut };
  const kept = { ...json, added_tokens: added.filter(({ id }) => id < vocabSize) };
  return { tokenizer: fromJson(kept, tokenizer.name, tokenizer.config), leftOut };
}

async function gpt2Tokenizer(folder: string): Promise<ReadTokenizer> {
  const files = [join(folder, VOCABULARY), join(folder, MERGES)] as const;
  const [vocabulary, merges] = await Promise.all(files.map((file) => readSmallText(file, MOST_BYTES)));
  const json = gpt2Json(parseJson(vocabulary!, vocabularySchema, files[0]), mergeLines(merges!));
  return { tokenizer: fromJson(json, basename(resolve(folder))), files: [...files] };
}

/** A token a line, which is its id. */
async function bertTokenizer(folder: string): Promise<ReadTokenizer> {
  const file = join(folder, PIECES);
  const tokens = (await readSmallText(file, MOST_BYTES)).replace(/\r?\n$/, '').split(/\r?\n/);
  const config = join(folder, CONFIG);
  const isThere = (await folderWith([folder], [CONFIG])) !== undefined;
  const { do_lower_case, strip_accents, tokenize_chinese_chars } = isThere
    ? parseJson(await readSmallText(config, MOST_BYTES), foldingSchema, config)
    : foldingSchema.parse({});
  const json = wordPieceJson(tokens, {
    ...UNCASED,
    ...{ lowercase: do_lower_case, strip_accents, handle_chinese_chars: tokenize_chinese_chars },
  });
  const files = isThere ? [file, config] : [file];
  return { tokenizer: fromJson(json, basename(resolve(folder))), files };
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
