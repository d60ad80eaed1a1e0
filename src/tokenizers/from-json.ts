// Reads a Hugging Face tokenizer.json. What we could not encode to exactly the same ids is refused.
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { BytePairTokenizer } from './byte-pair.ts';
import { BYTES, binaryOfSymbols, symbolsOf } from './bytes.ts';
import { CharTokenizer } from './char.ts';
import { saysMore } from './config.ts';
import { absent, checkUnique, inOrder, merges, pairOf, parsed, quote, vocabulary } from './json-parts.ts';
import { withoutMask } from './mask.ts';
import { findMerges } from './merges.ts';
import { MAX_IDS } from './pair-ranks.ts';
import { ANY_STRETCH, GPT2_PATTERN, PATTERNS } from './patterns.ts';
import { pipelineFrom } from './pipeline/from-json.ts';
import { END_OF_TEXT, type Tokenizer, type TokenizerConfig } from './tokenizer.ts';
import { WordTokenizer } from './word.ts';
import { UNKNOWN, WORD_PATTERNS, WORD_SPLITS } from './word-pattern.ts';
import { WordPieceTokenizer } from './word-piece.ts';
import { isWordPiece, parseWordPiece } from './word-piece-json.ts';

const KNOWN_FORMS =
  'tsgpt reads its own tokenizers, BERT’s WordPiece, and BPE as models of the Llama family have it: byte-level, or of characters with byte_fallback';

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
  normalizer: z.null().optional(),
  pre_tokenizer: z.union([z.null(), byteLevel, splitThenBytes]),
  post_processor: z.union([z.null(), z.object({ type: z.literal('ByteLevel') })]).optional(),
  decoder: z.object({ type: z.literal(['ByteLevel', 'Fuse']) }),
  added_tokens: z.array(
    z.object({
      id: z.int().min(0).lt(MAX_IDS),
      content: z.string().min(1),
      special: z.literal(true),
    }),
  ),
  model: z.object({
    type: z.literal('BPE').optional(),
    dropout: absent,
    continuing_subword_prefix: absent,
    end_of_word_suffix: absent,
    byte_fallback: absent,
    vocab: vocabulary,
    merges,
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

/** `name` is what the tokenizer will be called; `config` is the tokenizer_config.json beside it. */
export function fromJson(json: unknown, name: string, config?: TokenizerConfig): Tokenizer {
  try {
    if (isWordPiece(json)) {
      const { tokens, options } = parseWordPiece(json);
      return new WordPieceTokenizer(name, tokens, options);
    }
    const { json: rest, mask } = withoutMask(json);
    const tokenizer = ownFrom(rest, name, config) ?? pipelineFrom(json, name, config);
    return mask === undefined ? tokenizer : Object.assign(tokenizer, { mask });
  } catch (error) {
    if (!(error instanceof TsgptError)) throw error;
    throw new TsgptError(`cannot use the tokenizer.json of ${name}: ${error.message}`, KNOWN_FORMS, {
      cause: error,
    });
  }
}

/** Where it is one of the kinds that we make ourselves, and nothing of it would be lost; its form on disk is then ours. */
function ownFrom(json: unknown, name: string, config: TokenizerConfig | undefined): Tokenizer | undefined {
  if (isWordLevel(json)) return wordFrom(json, name);
  const own = schema.safeParse(json).data;
  if (own === undefined) return undefined;
  checkUnique(own.model.vocab, own.added_tokens);
  if (own.pre_tokenizer === null) return charFrom(own, name);
  return saysMore(config) ? undefined : bytePairFrom(own, name);
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
): BytePairTokenizer | undefined {
  const specials = new Map(added_tokens.map((token) => [token.content, token.id]));
  const plain = Object.entries(model.vocab).filter(([symbols, id]) => specials.get(symbols) !== id);
  const idOf = new Map(plain.map(([symbols, id]) => [binaryOfSymbols(symbols), id]));
  const pattern = patternOf(pre_tokenizer);
  const isWhole = BYTES.every((byte) => idOf.has(byte)) && decoder.type === 'ByteLevel';
  const merges = pattern === ANY_STRETCH && model.merges.length > 0 ? undefined : model.merges;
  if (!isWhole || merges === undefined || !followIds(merges, idOf)) return undefined;
  return new BytePairTokenizer(name, { idOf, specials, pattern });
}

function patternOf(preTokenizer: Checked['pre_tokenizer']): string {
  if (preTokenizer?.type === 'Sequence') return preTokenizer.pretokenizers[0].pattern.Regex;
  return preTokenizer?.use_regex ? GPT2_PATTERN : ANY_STRETCH;
}

/** Whether the ids lead to exactly these merges (see merges.ts). */
function followIds(merges: Checked['model']['merges'], idOf: ReadonlyMap<string, number>): boolean {
  let isReached = true;
  const found = findMerges(idOf, () => {
    isReached = false;
  });
  const listed = merges.map((merge) => pairOf(merge).join(' '));
  return (
    isReached &&
    found.length === listed.length &&
    found.every((merge, i) => merge.map(symbolsOf).join(' ') === listed[i])
  );
}
