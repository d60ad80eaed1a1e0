// What GGUF files take from a tokenizer.json.
import { z } from 'zod';

const flag = z.boolean().default(false);

export const tokenizerParts = z.object({
  normalizer: z.unknown(),
  pre_tokenizer: z.unknown(),
  added_tokens: z.array(
    z.object({
      id: z.int(),
      content: z.string(),
      special: flag,
      lstrip: flag,
      rstrip: flag,
      single_word: flag,
    }),
  ),
  model: z.object({
    unk_token: z.string().nullish(),
    vocab: z.custom<Record<string, number>>((value) => typeof value === 'object' && value !== null),
    ignore_merges: z.boolean().nullish(),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])).default([]),
  }),
});
export type TokenizerParts = z.infer<typeof tokenizerParts>;
