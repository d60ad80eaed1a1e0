// Reads a Hugging Face tokenizer.json. What we could not encode to exactly the same ids is refused.
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { BYTES, BytePairTokenizer } from './byte-pair.ts';
import { binaryOfSymbols, symbolsOf } from './bytes.ts';
import { CharTokenizer } from './char.ts';
import { inOrder, parsed, quote, vocabulary } from './json-parts.ts';
import { withoutMask } from './mask.ts';
import { findMerges, MAX_IDS } from './merges.ts';
import { ANY_STRETCH, GPT2_PATTERN, PATTERNS } from './patterns.ts';
import { END_OF_TEXT, type Tokenizer } from './tokenizer.ts';
import { WordTokenizer } from './word.ts';
import { UNKNOWN, WORD_PATTERNS, WORD_SPLITS } from './word-pattern.ts';
import { WordPieceTokenizer } from './word-piece.ts';
import { isWordPiece, parseWordPiece } from './word-piece-json.ts';

const KNOWN_FORMS =
  'tsgpt reads its own tokenizers, BERT’s WordPiece, and byte-level BPE with the split pattern of gpt2, cl100k_base or o200k_base';

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
    vocab: vocabulary,
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
    vocab: vocabulary,
  }),
});

/** `name` is what the tokenizer will be called. */
export function fromJson(json: unknown, name: string): Tokenizer {
  try {
    if (isWordPiece(json)) {
      const { tokens, options } = parseWordPiece(json);
      return new WordPieceTokenizer(name, tokens, options);
    }
    const { json: rest, mask } = withoutMask(json);
    const tokenizer = unmasked(rest, name);
    return mask === undefined ? tokenizer : Object.assign(tokenizer, { mask });
  } catch (error) {
    if (!(error instanceof TsgptError)) throw error;
    throw new TsgptError(`cannot use the tokenizer.json of ${name}: ${error.message}`, KNOWN_FORMS, {
      cause: error,
    });
  }
}

function unmasked(json: unknown, name: string): Tokenizer {
  if (isWordLevel(json)) return wordFrom(json, name);
  const checked = parsed(schema, json);
  checkUnique(checked);
  return checked.pre_tokenizer === null ? charFrom(checked, name) : bytePairFrom(checked, name);
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
  const words = inOrder(Object.entries(model.vocab));
  if (words.at(-2) !== UNKNOWN || words.at(-1) !== END_OF_TEXT)
    throw new TsgptError(`expected ${UNKNOWN} and ${END_OF_TEXT} as its last words`);
  const { Regex: pattern } = pre_tokenizer.pattern;
  const split = WORD_SPLITS.find((split) => WORD_PATTERNS[split] === pattern)!;
  return new WordTokenizer(name, words.slice(0, -2), { lowercase: normalizer?.type === 'Lowercase', split });
}

function charFrom({ model, added_tokens, decoder }: Checked, name: string): CharTokenizer {
  const entries = Object.entries(model.vocab).filter(([token]) => token !== END_OF_TEXT);
  const long = entries.find(([token]) => !/^\P{Cs}$/su.test(token));
  if (long) throw new TsgptError(`expected single characters, but got ${quote(long[0])}`);
  const characters = inOrder(entries);
  const [special, ...others] = added_tokens;
  const endsWell =
    special === undefined || (special.content === END_OF_TEXT && special.id === characters.length);
  const isPlain = decoder.type === 'Fuse' && model.merges.length === 0;
  if (!(isPlain && endsWell && others.length === 0)) {
    throw new TsgptError('it splits text into nothing, and is not a character tokenizer either');
  }
  return new CharTokenizer(name, characters, special !== undefined);
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

function isMerges(value: unknown): boolean {
  const isText = (part: unknown) => typeof part === 'string';
  const isMerge = (merge: unknown) =>
    isText(merge) || (Array.isArray(merge) && merge.length === 2 && merge.every(isText));
  return Array.isArray(value) && value.every(isMerge);
}
