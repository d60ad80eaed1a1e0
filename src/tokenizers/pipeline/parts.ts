// The parts that a section of a tokenizer.json consists of, in order, and the errors that name one.
import { z } from 'zod';
import { TsgptError } from '../../base/errors.ts';
import { parsed } from '../json-parts.ts';

/** Published files have up to five. A limit, because a Sequence may stand in a Sequence. */
const MOST_PARTS = 64;

export interface Part {
  readonly type: string;
  readonly json: unknown;
  /** For errors: "pre_tokenizer.pretokenizers[0]". */
  readonly where: string;
}

const part = z.looseObject({ type: z.string() });

/** `list` is the name by which this section's Sequences hold their parts. */
export function partsOf(section: unknown, where: string, list: string): Part[] {
  const parts: Part[] = [];
  let seen = 0;
  const waiting: { json: unknown; where: string }[] =
    section === null || section === undefined ? [] : [{ json: section, where }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    seen++;
    const { type, ...fields } = parsed(part, next.json, next.where);
    if (type === 'Sequence') {
      const inner = parsed(z.array(z.unknown()), fields[list], `${next.where}.${list}`);
      const at = next.where;
      waiting.unshift(...inner.map((json, i) => ({ json, where: `${at}.${list}[${i}]` })));
    } else parts.push({ type, ...next });
    if (seen + waiting.length > MOST_PARTS)
      throw new TsgptError(`${where}: expected at most ${MOST_PARTS} parts`);
  }
  return parts;
}

/** Deeper nesting than any published file has would be too deep to write again. */
const DEEPEST = 50;

export function checkDepth(json: unknown): void {
  const waiting = [{ value: json, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > DEEPEST) throw new TsgptError(`expected at most ${DEEPEST} values, one in the other`);
    for (const inner of Object.values(value))
      if (typeof inner === 'object') waiting.push({ value: inner, depth: depth + 1 });
  }
}

export function unknownPart({ type, where }: Part, known: Readonly<Record<string, unknown>>): TsgptError {
  return new TsgptError(
    `${where}: tsgpt does not know ${JSON.stringify(type)}, only ${Object.keys(known).join(', ')}`,
  );
}
