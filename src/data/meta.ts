// meta.json of a prepared folder: what the token files hold and how they were made.
import { z } from 'zod';

const count = z.int().nonnegative();

const textCounts = {
  tokens: count,
  /** The UTF-8 bytes of the text; end-of-text tokens add none. */
  bytes: count,
  /** Those that end in it. */
  documents: count,
  /** −ln of the text's probability, which is known where the text was generated. */
  nats: z.number().optional(),
  sha256: z.hex(),
};

const splitSchema = z.object({
  ...textCounts,
  tokens: count.min(2),
  sha256: z.hex().describe('of the token file; of shards, that of their own one after the other, in digits'),
  shards: z.array(z.object({ tokens: count, sha256: z.hex() })).optional(),
});

/** A shard of each split, as its manifest has them. */
export const shardSchema = z.object({ train: z.object(textCounts), val: z.object(textCounts) });
export type ShardMeta = z.infer<typeof shardSchema>;

const pairSplitSchema = z.object({
  pairs: count.positive(),
  sourceTokens: count.positive(),
  /** Those of the targets; neither side has special tokens. */
  tokens: count.positive(),
  /** The UTF-8 bytes of the targets. */
  bytes: count,
  longestSource: count.positive(),
  longestTarget: count.positive(),
  sha256: z.hex(),
  endsSha256: z.hex(),
});

const chatSplitSchema = z.object({
  conversations: count.positive(),
  /** More than conversations where a template writes earlier answers otherwise than the last one. */
  examples: count.positive(),
  tokens: count.positive(),
  /** Those that are learned: the assistant's. */
  learned: count.positive(),
  longest: count.positive(),
  sha256: z.hex(),
  endsSha256: z.hex(),
  learnedSha256: z.hex(),
});

const tokenizerSchema = z.object({
  name: z.string(),
  kind: z.enum(['char', 'byte', 'bpe', 'word', 'wordpiece']),
  vocabSize: count.positive(),
  fingerprint: z.string(),
  endOfText: count.optional(),
  mask: count.optional(),
});

const common = {
  format: z.literal(1),
  dtype: z.enum(['uint16', 'uint32']),
  source: z.string().describe('the text, in words'),
  seed: z.int(),
  splitRule: z.string().describe('how the text was split, in words'),
};

const textMetaSchema = z.object({
  ...common,
  kind: z.literal('tokens'),
  tokenizer: tokenizerSchema,
  valFraction: z.number().gt(0).lt(1),
  splits: z.object({ train: splitSchema, val: splitSchema }),
});

export const unfinishedMetaSchema = textMetaSchema.omit({ splits: true });

const pairMetaSchema = z.object({
  ...common,
  kind: z.literal('pairs'),
  tokenizer: tokenizerSchema.describe("the targets'"),
  sourceTokenizer: tokenizerSchema.describe("the sources', which may be the same"),
  valFraction: z.number().gt(0).lt(0.5),
  /** The targets' words by their ids, where they are a few of their own. */
  labels: z.array(z.string()).optional(),
  /** The greatest share of targets that can be told exactly, where that is known. */
  ceiling: z.number().gt(0).lte(1).optional(),
  splits: z.object({ train: pairSplitSchema, val: pairSplitSchema, test: pairSplitSchema }),
});

const chatMetaSchema = z.object({
  ...common,
  kind: z.literal('chat'),
  tokenizer: tokenizerSchema,
  valFraction: z.number().gt(0).lt(0.5),
  splits: z.object({ train: chatSplitSchema, val: chatSplitSchema, test: chatSplitSchema }),
});

/** Texts that the first version prepared do not say what kind they are. */
export const metaSchema = z.preprocess(
  (meta) => (typeof meta === 'object' && meta !== null ? { kind: 'tokens', ...meta } : meta),
  z.discriminatedUnion('kind', [textMetaSchema, pairMetaSchema, chatMetaSchema]),
);

export type TextMeta = z.infer<typeof textMetaSchema>;
export type PairMeta = z.infer<typeof pairMetaSchema>;
export type ChatMeta = z.infer<typeof chatMetaSchema>;
export type DataMeta = TextMeta | PairMeta | ChatMeta;
export type SplitMeta = z.infer<typeof splitSchema>;
export type PairSplitMeta = z.infer<typeof pairSplitSchema>;
export type ChatSplitMeta = z.infer<typeof chatSplitSchema>;
export type TokenDtype = DataMeta['dtype'];

export function dtypeFor(vocabSize: number): TokenDtype {
  return vocabSize > 65_536 ? 'uint32' : 'uint16';
}

export const BYTES_PER_TOKEN = { uint16: 2, uint32: 4 } as const satisfies Record<TokenDtype, number>;
