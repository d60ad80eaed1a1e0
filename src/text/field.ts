// Records of a file, each with the fields that were asked for; and errors that say what is wrong with a line, and which it is.

import { TsgptError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { didYouMean } from '../base/nearest.ts';
import type { Piece } from './source.ts';

export interface FieldRecord {
  /** The line that the record begins on. */
  line: number;
  /** In the order in which the fields were asked for. */
  values: string[];
}

/** Each record is a document, in its only field; empty ones are left out. */
export async function* recordPieces(records: AsyncIterable<FieldRecord>): AsyncGenerator<Piece> {
  for await (const { values } of records) {
    const text = values[0]!;
    if (text !== '') yield { text, endsDocument: true };
  }
}

export function lineError(name: string, line: number, message: string, hint?: string): TsgptError {
  return new TsgptError(`${name}, line ${line}: ${message}`, hint);
}

/** A record is held whole in memory, so one that is longer (its end may be missing altogether) is refused. */
export const LONGEST_RECORD = 2 ** 24;

/** `what` names the thing whose end did not come: "a line". */
export function tooLong(name: string, line: number, what: string, longest: number, hint: string): TsgptError {
  return lineError(
    name,
    line,
    `expected ${what} of at most ${formatCount(longest)} characters, but it is longer`,
    `${hint}; a text as long as that can be read from a .txt file`,
  );
}

/** The first of the fields that is not among those present. */
export function missingField(
  name: string,
  line: number,
  fields: readonly string[],
  present: readonly string[],
): TsgptError {
  const field = fields.find((wanted) => !present.includes(wanted))!;
  const flag = fields.length === 1 ? '--field names the field' : '--fields names the fields';
  const hint = present.length === 0 ? undefined : `${didYouMean(field, present)} (${flag} to read)`;
  return lineError(name, line, `there is no field "${field}"`, hint);
}
