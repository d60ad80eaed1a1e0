// meta.json of a prepared folder: what the token files hold and how they were made.
import { z } from 'zod';

const count = z.int().nonnegative();

const splitSchema = z.object({
  tokens: count.min(2),
  /** The UTF-8 bytes of the text; end-of-text tokens add none. */
  bytes: count,
  documents: count,
  /** −ln of the text's probability, which is known where the text was generated. */
  nats: z.number().optional(),
  sha256: z.hex(),
});

export const metaSchema = z.object({
  format: z.literal(1),
  /** What the files hold. Texts that the first version prepared do not say. */
  kind: z.enum(['tokens']).default('tokens'),
  dtype: z.enum(['uint16', 'uint32']),
  tokenizer: z.object({
    name: z.string(),
    kind: z.enum(['char', 'byte', 'bpe', 'word']),
    vocabSize: count.positive(),
    fingerprint: z.string(),
    endOfText: count.optional(),
  }),
  source: z.string().describe('the text, in words'),
  seed: z.int(),
  valFraction: z.number().gt(0).lt(1),
  splitRule: z.string().describe('how the text was split, in words'),
  splits: z.object({ train: splitSchema, val: splitSchema }),
});

export type DataMeta = z.infer<typeof metaSchema>;
export type SplitMeta = z.infer<typeof splitSchema>;
export type TokenDtype = DataMeta['dtype'];

export function dtypeFor(vocabSize: number): TokenDtype {
  return vocabSize > 65_536 ? 'uint32' : 'uint16';
}

export const BYTES_PER_TOKEN = { uint16: 2, uint32: 4 } as const satisfies Record<TokenDtype, number>;
