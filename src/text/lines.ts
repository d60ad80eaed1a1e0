// Reads a text line by line.

import { LONGEST_RECORD, tooLong } from './field.ts';
import type { Piece } from './source.ts';

export interface Line {
  text: string;
  /** From 1. */
  number: number;
}

/** `hint` says what a line of such a file holds. */
export async function* numberedLines(
  chunks: AsyncIterable<string> | Iterable<string>,
  name: string,
  hint: string,
  longest = LONGEST_RECORD,
): AsyncGenerator<Line> {
  let number = 0;
  for await (const text of lines(chunks, longest)) {
    number++;
    if (text.length > longest) throw tooLong(name, number, 'a line', longest, hint);
    yield { text, number };
  }
}

/** Each line is a document; blank ones are left out. */
export async function* linePieces(
  chunks: AsyncIterable<string> | Iterable<string>,
  name: string,
): AsyncGenerator<Piece> {
  for await (const line of numberedLines(chunks, name, 'each line is read as a document')) {
    const text = line.text.replace(/\r$/, '');
    if (text.trim() !== '') yield { text, endsDocument: true };
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
