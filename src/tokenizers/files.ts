// Turns a tokenizer into the contents of its files and back: tokenizer.json, the tokenizer_config.json that transformers
// and transformers.js ask for, and meta.json for people.
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { parseJson, prettyJson } from '../base/json.ts';
import { templateIn } from './config.ts';
import { fromJson } from './from-json.ts';
import { withMask } from './mask.ts';
import { END_OF_TEXT, MASK, type Tokenizer } from './tokenizer.ts';
import { UNKNOWN } from './word-pattern.ts';
import { SPECIAL_TOKENS } from './word-piece-json.ts';

export const TOKENIZER = 'tokenizer.json';
export const CONFIG = 'tokenizer_config.json';
/** Where transformers keeps a chat template; older models have it in tokenizer_config.json. */
export const CHAT_TEMPLATE = 'chat_template.jinja';
/** What sources are encoded with, beside what targets are. */
export const SOURCE_TOKENIZER = 'source_tokenizer.json';
const META = 'meta.json';

export interface About {
  /** A name that replaces the tokenizer's own. */
  name?: string;
  /** The description of the text that it was learned from. */
  learnedFrom?: string;
  /** The most tokens that the model beside it takes. */
  longest?: number;
  /** The id of [MASK], of a model that tells what is not shown. */
  mask?: number | undefined;
}

/** The contents of each file, by its name. */
export function tokenizerFiles(tokenizer: Tokenizer, about: About = {}): Record<string, string> {
  const { kind, vocabSize, fingerprint, chatTemplate } = tokenizer;
  const name = about.name ?? tokenizer.name;
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    ...specialTokens(tokenizer),
    ...tokenizer.config,
    name_or_path: name,
    ...(about.longest !== undefined && { model_max_length: about.longest }),
    ...(about.mask !== undefined && { mask_token: MASK }),
  };
  const meta = { name, kind, vocabSize, fingerprint, learnedFrom: about.learnedFrom };
  return {
    [TOKENIZER]: JSON.stringify(
      about.mask === undefined
        ? tokenizer.toJSON()
        : withMask(tokenizer.toJSON(), about.mask, kind === 'bpe'),
    ),
    [CONFIG]: prettyJson(config),
    [META]: prettyJson(meta),
    ...(chatTemplate !== undefined &&
      chatTemplate !== templateIn(tokenizer.config) && { [CHAT_TEMPLATE]: chatTemplate }),
    ...(tokenizer.source && { [SOURCE_TOKENIZER]: JSON.stringify(tokenizer.source.toJSON()) }),
  };
}

/** By the names under which transformers and transformers.js look for them. */
function specialTokens({ kind, endOfText }: Tokenizer): Record<string, string> {
  if (kind === 'wordpiece') return SPECIAL_TOKENS;
  return {
    ...(endOfText === undefined ? {} : { bos_token: END_OF_TEXT, eos_token: END_OF_TEXT }),
    ...(kind === 'word' && { unk_token: UNKNOWN }),
  };
}

const configSchema = z.looseObject({ name_or_path: z.string().min(1).optional() });

/** The contents of a tokenizer's files, but for what people may want to know. */
export interface TokenizerTexts {
  json: string;
  config?: string | undefined;
  source?: string | undefined;
  chatTemplate?: string | undefined;
}

/** The tokenizer keeps the name that it was saved under, or else takes the folder's. Errors name the folder. */
export function readTokenizer(texts: TokenizerTexts, folder: string): Tokenizer {
  const { json, config, source } = texts;
  const about = config === undefined ? undefined : parseJson(config, configSchema, `${folder}/${CONFIG}`);
  const read = (text: string, file: string, name: string) =>
    fromJson(parseJson(text, z.unknown(), `${folder}/${file}`), name, about);
  const tokenizer = read(json, TOKENIZER, about?.name_or_path ?? baseName(folder));
  const chatTemplate = texts.chatTemplate ?? templateIn(about);
  return Object.assign(tokenizer, {
    ...(chatTemplate !== undefined && { chatTemplate }),
    ...(source !== undefined && { source: read(source, SOURCE_TOKENIZER, `${tokenizer.name} (sources)`) }),
  });
}

export function missingTokenizer(path: string): TsgptError {
  return new TsgptError(
    `there is no tokenizer at ${path}`,
    `give a folder that holds ${TOKENIZER}, or that file`,
  );
}

function baseName(folder: string): string {
  return folder.split(/[\\/]/).findLast((part) => part !== '') ?? folder;
}
