// [MASK] in a tokenizer.json: a special token of models that tell what is not shown. Our tokenizers have none of their own, so it
// is put in beside their tokens for other programs, and taken out again when such a file is read. Others keep theirs.
import { z } from 'zod';
import { MASK, type TokenizerJson } from './tokenizer.ts';

const schema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string() })),
  model: z.looseObject({
    vocab: z.custom<Record<string, number>>((value) => typeof value === 'object' && value !== null),
  }),
});

/** As it is where it has one. Where tokens begin with the space before them, so does the one that the mask stands for. */
export function withMask(json: TokenizerJson, mask: number, takesSpace: boolean): TokenizerJson {
  const { added_tokens, model, ...rest } = schema.parse(json);
  if (Object.hasOwn(model.vocab, MASK) || added_tokens.some(({ content }) => content === MASK)) return json;
  const token = {
    id: mask,
    content: MASK,
    single_word: false,
    lstrip: takesSpace,
    rstrip: false,
    normalized: false,
    special: true,
  };
  return {
    ...rest,
    added_tokens: [...added_tokens, token],
    model: { ...model, vocab: { ...model.vocab, [MASK]: mask } },
  };
}

/** The same without it, and its id, if it is there. */
export function withoutMask(json: unknown): { json: unknown; mask?: number } {
  const parsed = schema.safeParse(json);
  const token = parsed.data?.added_tokens.find(({ content }) => content === MASK);
  if (!parsed.success || token === undefined) return { json };
  const { added_tokens, model, ...rest } = parsed.data;
  const { [MASK]: _, ...vocab } = model.vocab;
  const others = added_tokens.filter((other) => other !== token);
  return { json: { ...rest, added_tokens: others, model: { ...model, vocab } }, mask: token.id };
}
