// What readers of a tokenizer.json share: a check against a schema, vocabularies, and tokens in the order of their ids.
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { MAX_IDS } from './merges.ts';

/** The entries are checked by hand, because zod's records drop a token named "__proto__", and for speed. */
export const vocabulary = z.custom<Record<string, number>>(isVocabulary, {
  error: `expected ids (whole numbers below ${MAX_IDS})`,
});

export function parsed<Schema extends z.ZodType>(schema: Schema, json: unknown): z.infer<Schema> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new TsgptError(path.length === 0 ? message : `${z.core.toDotPath(path)}: ${message}`);
}

/** Each token's place must be its id. */
export function inOrder(entries: readonly [token: string, id: number][]): string[] {
  return entries
    .toSorted(([, a], [, b]) => a - b)
    .map(([token, id], place) => {
      if (id !== place) throw new TsgptError(`expected id ${place} for ${quote(token)}, but got ${id}`);
      return token;
    });
}

export function quote(token: string | undefined): string {
  return token === undefined ? 'nothing' : JSON.stringify(token);
}

function isVocabulary(value: unknown): boolean {
  const isId = (id: unknown) => typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < MAX_IDS;
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isId)
  );
}
