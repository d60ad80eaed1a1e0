// JSON from outside is checked against a schema, with errors that name the file and the place in it; JSON of ours is made
// readable.
import { z } from 'zod';
import { messageOf, TsgptError } from './errors.ts';

const SHOWN = 3;

/** `file` is only named in errors. */
export function parseJson<S extends z.ZodType>(text: string, schema: S, file: string): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new TsgptError(`${file} is not valid JSON: ${messageOf(error)}`, undefined, { cause: error });
  }
  return checked(value, schema, file);
}

/** The same for what has been parsed already. */
export function checked<S extends z.ZodType>(value: unknown, schema: S, file: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const shown = issues.slice(0, SHOWN).map((issue) => {
    const place = z.core.toDotPath(issue.path);
    return place === '' ? issue.message : `${place}: ${issue.message}`;
  });
  if (issues.length > SHOWN) shown.push(`and ${issues.length - SHOWN} more`);
  throw new TsgptError(`${file} does not hold what was expected: ${shown.join('; ')}`);
}

/** Formats JSON as our files have it, for people to read too. */
export function prettyJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
