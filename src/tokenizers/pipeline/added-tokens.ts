// Added tokens: those that stand for themselves wherever they are written in a text. They are found before it is split; some
// before it is normalized, others after.
import { z } from 'zod';
import { MAX_IDS } from '../pair-ranks.ts';
import type { Normalize } from './normalizers.ts';

export const addedTokenSchema = z.object({
  id: z.int().min(0).lt(MAX_IDS),
  content: z.string().min(1),
  special: z.boolean().default(false),
  normalized: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  single_word: z.boolean().default(false),
});
export type AddedToken = z.infer<typeof addedTokenSchema>;

/** A stretch of text that is still to be encoded, or a token. */
export type Section = string | number;

export type FindAdded = (text: string) => Section[];

const ENDS_WITH_WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const BEGINS_WITH_WORD = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const SPACE = /^\p{White_Space}$/u;

/** The first that begins is taken; of those that begin at one place, the longest. */
export function finderOfAdded(tokens: readonly AddedToken[], normalize?: Normalize): FindAdded {
  const byFirst = groupedByFirst(tokens, normalize);
  if (byFirst.size === 0) return (text) => (text === '' ? [] : [text]);
  const units = Array.from(
    byFirst.keys(),
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const first = new RegExp(`[${units.join('')}]`, 'g');
  return (text) => {
    const sections: Section[] = [];
    let from = 0;
    first.lastIndex = 0;
    while (first.test(text)) {
      const at = first.lastIndex - 1;
      const { written, lengths } = byFirst.get(text[at]!)!;
      const length = lengths.find((most) => written.has(text.slice(at, at + most)));
      if (length === undefined) continue;
      let [start, end] = [at, Math.min(at + length, text.length)];
      const token = written.get(text.slice(start, end))!;
      first.lastIndex = end;
      if (token.single_word && isInWord(text, start, end)) continue;
      if (token.lstrip) while (start > from && SPACE.test(text[start - 1]!)) start--;
      if (token.rstrip) while (SPACE.test(text[end] ?? '')) end++;
      if (start > from) sections.push(text.slice(from, start));
      sections.push(token.id);
      from = end;
      first.lastIndex = end;
    }
    if (from < text.length) sections.push(text.slice(from));
    return sections;
  };
}

/** Whether a token has white space in it, or depends on what is there beside it. */
export function reachesSpace(
  { content, lstrip, rstrip, single_word }: AddedToken,
  normalize?: Normalize,
): boolean {
  return lstrip || rstrip || single_word || /\p{White_Space}/u.test(content + (normalize?.(content) ?? ''));
}

/** Tokens that begin with the same unit. */
interface Group {
  readonly written: ReadonlyMap<string, AddedToken>;
  /** How long they are, the longest first. */
  readonly lengths: readonly number[];
}

/** There may be thousands that begin alike, of few lengths: Gemma 3's are <unused0> to <unused6241>. */
function groupedByFirst(tokens: readonly AddedToken[], normalize?: Normalize): Map<string, Group> {
  const groups = new Map<string, Map<string, AddedToken>>();
  for (const token of tokens) {
    const written = normalize?.(token.content) ?? token.content;
    if (written === '') continue;
    const group = groups.get(written[0]!) ?? new Map<string, AddedToken>();
    groups.set(written[0]!, group);
    if (!group.has(written)) group.set(written, token);
  }
  const lengthsOf = (texts: Iterable<string>) => new Set(Array.from(texts, ({ length }) => length));
  return new Map(
    Array.from(groups, ([first, written]) => [
      first,
      { written, lengths: [...lengthsOf(written.keys())].sort((a, b) => b - a) },
    ]),
  );
}

function isInWord(text: string, start: number, end: number): boolean {
  const [before, after] = [text.slice(Math.max(0, start - 2), start), text.slice(end, end + 2)];
  return ENDS_WITH_WORD.test(before) || BEGINS_WITH_WORD.test(after);
}
