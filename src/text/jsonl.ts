// Reads JSON Lines: each line is an object, and what is wanted of it is in its fields.

import { messageOf } from '../base/errors.ts';
import { type FieldRecord, LONGEST_RECORD, lineError, missingField, recordPieces } from './field.ts';
import { type Line, numberedLines } from './lines.ts';
import type { Piece } from './source.ts';

/** The texts in one field, each a document. */
export function jsonlPieces(
  chunks: AsyncIterable<string> | Iterable<string>,
  name: string,
  field: string,
  longest = LONGEST_RECORD,
): AsyncGenerator<Piece> {
  return recordPieces(jsonlRecords(chunks, name, [field], longest));
}

export async function* jsonlRecords(
  chunks: AsyncIterable<string> | Iterable<string>,
  name: string,
  fields: readonly string[],
  longest = LONGEST_RECORD,
): AsyncGenerator<FieldRecord> {
  const hint = 'a .jsonl file holds one JSON object on each line';
  for await (const line of numberedLines(chunks, name, hint, longest))
    if (line.text.trim() !== '') yield { line: line.number, values: fieldsOf(line, name, fields) };
}

function fieldsOf({ text, number }: Line, name: string, fields: readonly string[]): string[] {
  const row = parse(text, name, number);
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    const example = fields.map((field) => `"${field}": "Once upon a time"`).join(', ');
    throw lineError(name, number, 'expected a JSON object', `one a line, such as {${example}}`);
  }
  const values = new Map<string, unknown>(Object.entries(row));
  return fields.map((field) => {
    const value = values.get(field);
    if (value === undefined) throw missingField(name, number, fields, Object.keys(row));
    if (typeof value === 'string') return value;
    const got =
      value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
    throw lineError(name, number, `expected a string in field "${field}", but got ${got}`);
  });
}

function parse(line: string, name: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw lineError(name, number, `not JSON: ${messageOf(error)}`, 'expected one JSON object on each line');
  }
}
