// What is wrong with a line of a file of records, and where.

import { TsgptError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';

export function lineError(name: string, line: number, message: string, hint?: string): TsgptError {
  return new TsgptError(`${name}, line ${line}: ${message}`, hint);
}

export function missingField(name: string, line: number, field: string, present: string[]): TsgptError {
  const hint =
    present.length === 0 ? undefined : `${didYouMean(field, present)} (--field names the field to read)`;
  return lineError(name, line, `there is no field "${field}"`, hint);
}
