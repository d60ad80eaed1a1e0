// The tokens that a tokenizer.json puts around every text.
import { z } from 'zod';
import { TsgptError } from '../../base/errors.ts';
import { parsed } from '../json-parts.ts';
import { type Part, partsOf, unknownPart } from './parts.ts';

export interface Around {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const NONE: Around = { before: [], after: [] };

const templateSchema = z.object({
  single: z.array(
    z.union([
      z.object({ SpecialToken: z.object({ id: z.string() }) }),
      z.object({ Sequence: z.object({ id: z.literal('A') }) }),
    ]),
  ),
  special_tokens: z.record(z.string(), z.object({ ids: z.array(z.int().min(0)) })),
});

/** ByteLevel tells where tokens stand in the text, and adds none. */
const KNOWN: Readonly<Record<string, (part: Part) => Around>> = {
  TemplateProcessing: template,
  ByteLevel: () => NONE,
};

export function templateFrom(section: unknown): Around {
  const all = partsOf(section, 'post_processor', 'processors').map((part) => {
    if (!Object.hasOwn(KNOWN, part.type)) throw unknownPart(part, KNOWN);
    return KNOWN[part.type]!(part);
  });
  return {
    before: all.toReversed().flatMap(({ before }) => before),
    after: all.flatMap(({ after }) => after),
  };
}

function template({ json, where }: Part): Around {
  const { single, special_tokens } = parsed(templateSchema, json, where);
  const texts = single.filter((piece) => 'Sequence' in piece).length;
  if (texts !== 1)
    throw new TsgptError(`${where}.single: expected the text (Sequence A) once, but got it ${texts} times`);
  const ids = single.map((piece) => {
    if ('Sequence' in piece) return [];
    const { id } = piece.SpecialToken;
    if (Object.hasOwn(special_tokens, id)) return special_tokens[id]!.ids;
    throw new TsgptError(`${where}.single: ${JSON.stringify(id)} is not among special_tokens`);
  });
  const at = single.findIndex((piece) => 'Sequence' in piece);
  return { before: ids.slice(0, at).flat(), after: ids.slice(at + 1).flat() };
}
