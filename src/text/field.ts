// Errors that say what is wrong with a line of a file of records, and which line it is.

import { TsgptError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { didYouMean } from '../base/nearest.ts';

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

export function missingField(name: string, line: number, field: string, present: string[]): TsgptError {
  const hint =
    present.length === 0 ? undefined : `${didYouMean(field, present)} (--field names the field to read)`;
  return lineError(name, line, `there is no field "${field}"`, hint);
}
