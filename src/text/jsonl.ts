// Reads JSON Lines as documents: each line is an object, and the document is in one of its fields.

import { messageOf } from '../base/errors.ts';
import { LONGEST_RECORD, lineError, missingField, tooLong } from './field.ts';
import type { Piece } from './source.ts';

export async function* jsonlPieces(
  chunks: AsyncIterable<string> | Iterable<string>,
  name: string,
  field: string,
  longest = LONGEST_RECORD,
): AsyncGenerator<Piece> {
  let number = 0;
  for await (const line of lines(chunks, longest)) {
    number++;
    if (line.length > longest)
      throw tooLong(name, number, 'a line', longest, 'a .jsonl file holds one JSON object on each line');
    if (line.trim() === '') continue;
    const text = fieldOf(line, name, number, field);
    if (text !== '') yield { text, endsDocument: true };
  }
}

/** The last line given may be the beginning of one that is longer than `longest`. */
async function* lines(
  chunks: AsyncIterable<string> | Iterable<string>,
  longest: number,
): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const parts = chunk.split('\n');
    parts[0] = rest + parts[0];
    rest = parts.pop()!;
    yield* parts;
    if (rest.length > longest) break;
  }
  yield rest;
}

function fieldOf(line: string, name: string, number: number, field: string): string {
  const row = parse(line, name, number);
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw lineError(
      name,
      number,
      'expected a JSON object',
      `one a line, such as {"${field}": "Once upon a time"}`,
    );
  }
  const value = new Map<string, unknown>(Object.entries(row)).get(field);
  if (value === undefined) throw missingField(name, number, field, Object.keys(row));
  if (typeof value !== 'string') {
    const got =
      value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
    throw lineError(name, number, `expected a string in field "${field}", but got ${got}`);
  }
  return value;
}

function parse(line: string, name: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw lineError(name, number, `not JSON: ${messageOf(error)}`, 'expected one JSON object on each line');
  }
}
