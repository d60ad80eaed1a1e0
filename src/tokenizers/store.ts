// A tokenizer as files: tokenizer.json, the tokenizer_config.json that transformers and transformers.js ask for,
// and meta.json for people.
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { readJson } from '../base/files.ts';
import { readable } from '../base/system-error.ts';
import { fromJson } from './from-json.ts';
import { END_OF_TEXT, type Tokenizer } from './tokenizer.ts';

const TOKENIZER = 'tokenizer.json';
const CONFIG = 'tokenizer_config.json';
const META = 'meta.json';

export interface About {
  /** Instead of the tokenizer's own. */
  name?: string;
  /** In words: the source's description. */
  learnedFrom?: string;
  /** In tokens: the longest text that the model beside it takes. */
  longest?: number;
}

export function saveTokenizer(folder: string, tokenizer: Tokenizer, about: About = {}): void {
  const { kind, vocabSize, fingerprint, endOfText } = tokenizer;
  const name = about.name ?? tokenizer.name;
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    name_or_path: name,
    clean_up_tokenization_spaces: false,
    ...(about.longest !== undefined && { model_max_length: about.longest }),
    ...(endOfText === undefined ? {} : { bos_token: END_OF_TEXT, eos_token: END_OF_TEXT }),
  };
  const meta = { name, kind, vocabSize, fingerprint, learnedFrom: about.learnedFrom };
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, TOKENIZER), JSON.stringify(tokenizer.toJSON()));
    writeFileSync(join(folder, CONFIG), pretty(config));
    writeFileSync(join(folder, META), pretty(meta));
  } catch (error) {
    throw readable(error, `writing the tokenizer to ${folder}`);
  }
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

const configSchema = z.object({ name_or_path: z.string().min(1).optional() });

/** `path`: a folder, or the tokenizer.json in it. It keeps the name it was saved under, else has the folder's. */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, TOKENIZER) : path;
  if (!existsSync(file)) {
    throw new TsgptError(
      `there is no tokenizer at ${path}`,
      `give a folder that holds ${TOKENIZER}, or that file`,
    );
  }
  const folder = dirname(resolve(file));
  const config = join(folder, CONFIG);
  const { name_or_path } = existsSync(config) ? await readJson(config, configSchema) : {};
  return fromJson(await readJson(file, z.unknown()), name_or_path ?? basename(folder));
}
