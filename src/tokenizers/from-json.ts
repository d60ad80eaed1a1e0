// Reads a Hugging Face tokenizer.json. What we could not encode to exactly the same ids is refused.
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { BYTES, BytePairTokenizer } from './byte-pair.ts';
import { binaryOfSymbols, symbolsOf } from './bytes.ts';
import { CharTokenizer } from './char.ts';
import { withoutMask } from './mask.ts';
import { findMerges, MAX_IDS } from './merges.ts';
import { ANY_STRETCH, GPT2_PATTERN, PATTERNS } from './patterns.ts';
import { END_OF_TEXT, type Tokenizer } from './tokenizer.ts';
import { WordTokenizer } from './word.ts';
import { UNKNOWN, WORD_PATTERNS, WORD_SPLITS } from './word-pattern.ts';

const KNOWN_FORMS =
  'tsgpt reads its own tokenizers and byte-level BPE with the split pattern of gpt2, cl100k_base or o200k_base';

const absent = z.literal([null, '', false, 0]).optional();
const byteLevel = z.object({
  type: z.literal('ByteLevel'),
  add_prefix_space: absent,
  use_regex: z.boolean().default(true),
});
const split = z.object({ type: z.literal('Split'), pattern: z.object({ Regex: z.enum(PATTERNS) }) });
/** Two spellings of the same: the words are the pattern's matches, which leave no text out. */
const matches = z.union([
  split.extend({ behavior: z.literal('Isolated'), invert: absent }),
  split.extend({ behavior: z.literal('Removed'), invert: z.literal(true) }),
]);
const splitThenBytes = z.object({
  type: z.literal('Sequence'),
  pretokenizers: z.tuple([matches, byteLevel.extend({ use_regex: z.literal(false) })]),
});

const schema = z.object({
  normalizer: z.null({ error: 'tsgpt does not normalize text before it is encoded' }).optional(),
  pre_tokenizer: z.union([z.null(), byteLevel, splitThenBytes], {
    error: 'tsgpt does not know this way to split text',
  }),
  post_processor: z
    .union([z.null(), z.object({ type: z.literal('ByteLevel') })], {
      error: 'tsgpt does not add tokens to a text',
    })
    .optional(),
  decoder: z.object({ type: z.literal(['ByteLevel', 'Fuse']) }),
  added_tokens: z.array(
    z.object({
      id: z.int().min(0).lt(MAX_IDS),
      content: z.string().min(1),
      special: z.literal(true, { error: 'tsgpt knows added tokens only if they are special' }),
    }),
  ),
  model: z.object({
    type: z.literal('BPE').optional(),
    dropout: absent,
    continuing_subword_prefix: absent,
    end_of_word_suffix: absent,
    byte_fallback: absent,
    // The entries are checked by hand, because zod's records drop a token named "__proto__", and for speed.
    vocab: z.custom<Record<string, number>>(isVocabulary, {
      error: `expected ids (whole numbers below ${MAX_IDS})`,
    }),
    merges: z.custom<(string | [string, string])[]>(isMerges, { error: 'expected pairs of tokens' }),
  }),
});
type Checked = z.infer<typeof schema>;

const wordSchema = z.object({
  normalizer: z.union([z.null(), z.object({ type: z.literal('Lowercase') })]).optional(),
  pre_tokenizer: z.object({
    type: z.literal('Split'),
    pattern: z.object({ Regex: z.enum(WORD_PATTERNS) }),
    behavior: z.literal('Removed'),
    invert: z.literal(true),
  }),
  post_processor: z.null().optional(),
  model: z.object({
    type: z.literal('WordLevel'),
    unk_token: z.literal(UNKNOWN),
    vocab: z.custom<Record<string, number>>(isVocabulary, {
      error: `expected ids (whole numbers below ${MAX_IDS})`,
    }),
  }),
});

/** `name` is what the tokenizer will be called. */
export function fromJson(whole: unknown, name: string): Tokenizer {
  const { json, mask } = withoutMask(whole);
  const tokenizer = unmasked(json, name);
  return mask === undefined ? tokenizer : Object.assign(tokenizer, { mask });
}

function unmasked(json: unknown, name: string): Tokenizer {
  try {
    if (isWordLevel(json)) return wordFrom(json, name);
    const checked = check(json);
    checkUnique(checked);
    return checked.pre_tokenizer === null ? charFrom(checked, name) : bytePairFrom(checked, name);
  } catch (error) {
    if (!(error instanceof TsgptError)) throw error;
    throw new TsgptError(`cannot use the tokenizer.json of ${name}: ${error.message}`, KNOWN_FORMS, {
      cause: error,
    });
  }
}

function check(json: unknown): Checked {
  return parsed(schema, json);
}

function parsed<Schema extends z.ZodType>(schema: Schema, json: unknown): z.infer<Schema> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new TsgptError(path.length === 0 ? message : `${z.core.toDotPath(path)}: ${message}`);
}

function checkUnique({ model, added_tokens }: Checked): void {
  const tokens: string[] = [];
  const place = (token: string, id: number) => {
    const other = tokens[id] ?? token;
    if (other !== token) throw new TsgptError(`${quote(other)} and ${quote(token)} have the same id, ${id}`);
    tokens[id] = token;
  };
  for (const token of Object.keys(model.vocab)) place(token, model.vocab[token]!);
  for (const { content, id } of added_tokens) place(content, id);
}

function isWordLevel(json: unknown): boolean {
  return z.object({ model: z.object({ type: z.literal('WordLevel') }) }).safeParse(json).success;
}

/** Its ids are those of our own: the words, then the unknown and the end-of-text token. */
function wordFrom(json: unknown, name: string): WordTokenizer {
  const { normalizer, pre_tokenizer, model } = parsed(wordSchema, json);
  const words = Object.entries(model.vocab)
    .sort(([, a], [, b]) => a - b)
    .map(([word], place, all) => {
      if (all[place]![1] !== place)
        throw new TsgptError(`expected id ${place} for ${quote(word)}, but got ${all[place]![1]}`);
      return word;
    });
  if (words.at(-2) !== UNKNOWN || words.at(-1) !== END_OF_TEXT)
    throw new TsgptError(`expected ${UNKNOWN} and ${END_OF_TEXT} as its last words`);
  const { Regex: pattern } = pre_tokenizer.pattern;
  const split = WORD_SPLITS.find((split) => WORD_PATTERNS[split] === pattern)!;
  return new WordTokenizer(name, words.slice(0, -2), { lowercase: normalizer?.type === 'Lowercase', split });
}

function charFrom({ model, added_tokens, decoder }: Checked, name: string): CharTokenizer {
  const characters = Object.entries(model.vocab)
    .filter(([token]) => token !== END_OF_TEXT)
    .sort(([, a], [, b]) => a - b);
  characters.forEach(([character, id], place) => {
    if (!/^\P{Cs}$/su.test(character))
      throw new TsgptError(`expected single characters, but got ${quote(character)}`);
    if (id !== place) throw new TsgptError(`expected id ${place} for ${quote(character)}, but got ${id}`);
  });
  const [special, ...others] = added_tokens;
  const endsWell =
    special === undefined || (special.content === END_OF_TEXT && special.id === characters.length);
  const isPlain = decoder.type === 'Fuse' && model.merges.length === 0;
  if (!(isPlain && endsWell && others.length === 0)) {
    throw new TsgptError('it splits text into nothing, and is not a character tokenizer either');
  }
  return new CharTokenizer(
    name,
    characters.map(([character]) => character),
    special !== undefined,
  );
}

function bytePairFrom(
  { model, added_tokens, decoder, pre_tokenizer }: Checked,
  name: string,
): BytePairTokenizer {
  const specials = new Map(added_tokens.map((token) => [token.content, token.id]));
  const idOf = new Map<string, number>();
  for (const [symbols, id] of Object.entries(model.vocab)) {
    if (specials.get(symbols) !== id) idOf.set(binaryOfSymbols(symbols), id);
  }
  const missing = BYTES.findIndex((byte) => !idOf.has(byte));
  if (missing >= 0) throw new TsgptError(`it has no token for the byte ${missing}`);
  const pattern = patternOf(pre_tokenizer);
  if (pattern === ANY_STRETCH && model.merges.length > 0)
    throw new TsgptError('it merges text that is not split into words');
  if (decoder.type !== 'ByteLevel') throw new TsgptError('expected the decoder ByteLevel');
  checkMerges(idOf, model.merges);
  return new BytePairTokenizer(name, { idOf, specials, pattern });
}

function patternOf(preTokenizer: Checked['pre_tokenizer']): string {
  if (preTokenizer?.type === 'Sequence') return preTokenizer.pretokenizers[0].pattern.Regex;
  return preTokenizer?.use_regex ? GPT2_PATTERN : ANY_STRETCH;
}

/** tiktoken knows ids alone, so the ids must lead to exactly these merges (see merges.ts). */
function checkMerges(idOf: ReadonlyMap<string, number>, merges: Checked['model']['merges']): void {
  const found = findMerges(idOf);
  for (let i = 0; i < Math.max(found.length, merges.length); i++) {
    const merge = merges[i];
    const listed = typeof merge === 'string' ? merge : merge?.join(' ');
    const expected = found[i]?.map(symbolsOf).join(' ');
    if (listed === expected) continue;
    throw new TsgptError(
      `its ids are not in the order of its merges: expected ${quote(expected)} as merge ${i}, but got ${quote(listed)}`,
    );
  }
}

function isVocabulary(value: unknown): boolean {
  const isId = (id: unknown) => typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < MAX_IDS;
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isId)
  );
}

function isMerges(value: unknown): boolean {
  const isText = (part: unknown) => typeof part === 'string';
  const isMerge = (merge: unknown) =>
    isText(merge) || (Array.isArray(merge) && merge.length === 2 && merge.every(isText));
  return Array.isArray(value) && value.every(isMerge);
}

function quote(token: string | undefined): string {
  return token === undefined ? 'nothing' : JSON.stringify(token);
}
