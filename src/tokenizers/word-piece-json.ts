// The tokenizer.json of BERT's WordPiece: what it consists of is written, and read, where it is what we compute.
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import type { Folding } from './bert-words.ts';
import { inOrder, parsed, quote, vocabulary } from './json-parts.ts';
import { MAX_IDS } from './pair-ranks.ts';
import { tokenizerJson } from './to-json.ts';
import { MASK, type TokenizerJson } from './tokenizer.ts';

/** What goes on with a word begins so. */
export const CONTINUES = '##';

/** The special tokens beside [MASK], by their names in a tokenizer_config.json. */
export const SPECIAL_TOKENS = {
  pad_token: '[PAD]',
  unk_token: '[UNK]',
  cls_token: '[CLS]',
  sep_token: '[SEP]',
} as const;
export const { unk_token: UNKNOWN_WORD, cls_token: BEFORE, sep_token: AFTER } = SPECIAL_TOKENS;
const SPECIALS = [...Object.values(SPECIAL_TOKENS), MASK] as const;

/** Published vocabularies say 100. A limit, as the time for a word is quadratic in its length. */
const LONGEST_WORD = 1000;

export interface WordPieceOptions extends Folding {
  /** A longer word is unknown. */
  readonly max_input_chars_per_word: number;
  /** Whether decoding writes marks close to the word before them. */
  readonly cleanup: boolean;
  /** Whether models read each text between [CLS] and [SEP]. */
  readonly framed: boolean;
}

/** As BERT was published, without case and accents. */
export const UNCASED: WordPieceOptions = {
  clean_text: true,
  handle_chinese_chars: true,
  strip_accents: null,
  lowercase: true,
  max_input_chars_per_word: 100,
  cleanup: true,
  framed: true,
};

export function wordPieceJson(tokens: readonly string[], options: WordPieceOptions): TokenizerJson {
  const { max_input_chars_per_word, cleanup, framed, ...folding } = options;
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const specials = SPECIALS.filter((token) => idOf.has(token));
  return {
    ...tokenizerJson({
      pre_tokenizer: { type: 'BertPreTokenizer' },
      decoder: { type: 'WordPiece', prefix: CONTINUES, cleanup },
      vocabulary: [],
      merges: [],
      specials: specials.map((token) => [token, idOf.get(token)!]),
    }),
    normalizer: { type: 'BertNormalizer', ...folding },
    post_processor: framed ? template(idOf) : null,
    model: {
      type: 'WordPiece',
      unk_token: UNKNOWN_WORD,
      continuing_subword_prefix: CONTINUES,
      max_input_chars_per_word,
      vocab: Object.fromEntries(idOf),
    },
  };
}

/** [CLS] text [SEP], and of two texts [CLS] first [SEP] second [SEP]. */
function template(idOf: ReadonlyMap<string, number>): object {
  const special = (id: string, type_id = 0) => ({ SpecialToken: { id, type_id } });
  const text = (id: string, type_id = 0) => ({ Sequence: { id, type_id } });
  const single = [special(BEFORE), text('A'), special(AFTER)];
  const tokens = [BEFORE, AFTER].map((id) => [id, { id, ids: [idOf.get(id)], tokens: [id] }]);
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, text('B', 1), special(AFTER, 1)],
    special_tokens: Object.fromEntries(tokens),
  };
}

const special = (name: string) => z.object({ SpecialToken: z.object({ id: z.literal(name) }) });
const named = (name: string) => z.tuple([z.literal(name), z.int()]);
const frame = z.union([
  z.object({
    type: z.literal('TemplateProcessing'),
    single: z.tuple([
      special(BEFORE),
      z.object({ Sequence: z.object({ id: z.literal('A') }) }),
      special(AFTER),
    ]),
  }),
  z.object({ type: z.literal('BertProcessing'), cls: named(BEFORE), sep: named(AFTER) }),
]);

const schema = z.object({
  normalizer: z.object(
    {
      type: z.literal('BertNormalizer'),
      clean_text: z.boolean(),
      handle_chinese_chars: z.boolean(),
      strip_accents: z.boolean().nullable().default(null),
      lowercase: z.boolean(),
    },
    { error: 'tsgpt normalizes text for WordPiece only as BertNormalizer does' },
  ),
  pre_tokenizer: z.object(
    { type: z.literal('BertPreTokenizer') },
    { error: 'tsgpt splits text for WordPiece only as BertPreTokenizer does' },
  ),
  post_processor: z
    .union([z.null(), frame], { error: `tsgpt puts a text between ${BEFORE} and ${AFTER}, or adds nothing` })
    .optional(),
  decoder: z.object({
    type: z.literal('WordPiece'),
    prefix: z.literal(CONTINUES),
    cleanup: z.boolean().default(true),
  }),
  added_tokens: z.array(
    z.object({
      id: z.int().min(0).lt(MAX_IDS),
      content: z.enum(SPECIALS, { error: `tsgpt knows ${SPECIALS.join(', ')}` }),
      special: z.literal(true, { error: 'tsgpt knows added tokens only if they are special' }),
    }),
  ),
  model: z.object({
    type: z.literal('WordPiece').optional(),
    unk_token: z.literal(UNKNOWN_WORD),
    continuing_subword_prefix: z.literal(CONTINUES),
    max_input_chars_per_word: z.int().positive().max(LONGEST_WORD),
    vocab: vocabulary,
  }),
});

/** The first files of its kind did not name their model. */
const formSchema = z.object({
  model: z.union([
    z.object({ type: z.literal('WordPiece') }),
    z.object({ type: z.undefined().optional(), max_input_chars_per_word: z.number() }),
  ]),
});

export function isWordPiece(json: unknown): boolean {
  return formSchema.safeParse(json).success;
}

export function parseWordPiece(json: unknown): { tokens: string[]; options: WordPieceOptions } {
  const { normalizer, post_processor, decoder, added_tokens, model } = parsed(schema, json);
  const added = added_tokens.map(({ content, id }): [string, number] => [content, id]);
  const tokens = inOrder([...new Map([...Object.entries(model.vocab), ...added])]);
  const { type: _, ...folding } = normalizer;
  const framed = post_processor != null;
  for (const needed of framed ? [UNKNOWN_WORD, BEFORE, AFTER] : [UNKNOWN_WORD])
    if (!tokens.includes(needed)) throw new TsgptError(`expected ${quote(needed)} in its vocabulary`);
  const { max_input_chars_per_word } = model;
  return { tokens, options: { ...folding, max_input_chars_per_word, cleanup: decoder.cleanup, framed } };
}
