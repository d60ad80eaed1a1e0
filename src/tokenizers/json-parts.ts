// What readers of a tokenizer.json share: a check against a schema, vocabularies, merges, and tokens in the order of their ids.
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { MAX_IDS } from './pair-ranks.ts';

/** The entries are checked by hand, because zod's records drop a token named "__proto__", and for speed. */
export const vocabulary = z.custom<Record<string, number>>(isVocabulary, {
  error: `expected ids (whole numbers below ${MAX_IDS})`,
});

type MergeJson = string | readonly [string, string];

export const merges = z.custom<MergeJson[]>(isMerges, {
  error: `expected pairs of tokens, fewer than ${MAX_IDS}`,
});

/** The two tokens of a merge, which files write as one text or as two. */
export function pairOf(merge: MergeJson): readonly string[] {
  return typeof merge === 'string' ? merge.split(' ') : merge;
}

/** What may stand in a file only as if it did not. */
export const absent = z.literal([null, '', false, 0]).optional();

/** `where` the value stands in the file is named in errors. */
export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  json: unknown,
  where = '',
): z.output<Schema> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  const place = [where, z.core.toDotPath(path)].filter((name) => name !== '').join('.');
  throw new TsgptError(place === '' ? message : `${place}: ${message}`);
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

/** A token has one id, and an id one token. */
export function checkUnique(
  vocabulary: Readonly<Record<string, number>>,
  added: readonly { content: string; id: number }[],
): void {
  const tokens: string[] = [];
  const place = (token: string, id: number) => {
    const other = tokens[id] ?? token;
    if (other !== token) throw new TsgptError(`${quote(other)} and ${quote(token)} have the same id, ${id}`);
    tokens[id] = token;
  };
  const ids = new Map<string, number>();
  for (const token of Object.keys(vocabulary)) place(token, vocabulary[token]!);
  for (const { content, id } of added) {
    const other = ids.get(content) ?? (Object.hasOwn(vocabulary, content) ? vocabulary[content]! : id);
    if (other !== id) throw new TsgptError(`${quote(content)} has two ids, ${other} and ${id}`);
    ids.set(content, id);
    place(content, id);
  }
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

function isMerges(value: unknown): boolean {
  const isText = (part: unknown) => typeof part === 'string';
  const isMerge = (merge: unknown) =>
    isText(merge) || (Array.isArray(merge) && merge.length === 2 && merge.every(isText));
  return Array.isArray(value) && value.length < MAX_IDS && value.every(isMerge);
}
