// Reads CSV (RFC 4180): a header row comes first, and names the columns.

import { type FieldRecord, LONGEST_RECORD, lineError, missingField, recordPieces, tooLong } from './field.ts';
import type { Piece } from './source.ts';

interface Row {
  cells: string[];
  /** The line that the row begins on. */
  line: number;
}

/** The texts in one column, each a document. */
export function csvPieces(
  chunks: AsyncIterable<string> | Iterable<string>,
  name: string,
  field: string,
  longest = LONGEST_RECORD,
): AsyncGenerator<Piece> {
  return recordPieces(csvRecords(chunks, name, [field], longest));
}

export async function* csvRecords(
  chunks: AsyncIterable<string> | Iterable<string>,
  name: string,
  fields: readonly string[],
  longest = LONGEST_RECORD,
): AsyncGenerator<FieldRecord> {
  let header: Row | undefined;
  let indices: number[] = [];
  for await (const row of rows(chunks, name, longest)) {
    if (header === undefined) {
      header = row;
      indices = fields.map((field) => row.cells.indexOf(field));
      if (indices.includes(-1)) throw missingField(name, row.line, fields, row.cells);
      continue;
    }
    if (row.cells.length !== header.cells.length) {
      const counts = `expected ${header.cells.length} fields, as in the header, but got ${row.cells.length}`;
      throw lineError(
        name,
        row.line,
        counts,
        'a field with a comma, quote or line break in it needs "quotes" around it',
      );
    }
    yield { line: row.line, values: indices.map((index) => row.cells[index]!) };
  }
}

const UNCLOSED = 'a quote may be opened here and never closed';

async function* rows(
  chunks: AsyncIterable<string> | Iterable<string>,
  name: string,
  longest: number,
): AsyncGenerator<Row> {
  let line = 1;
  let quoteLine = 1;
  let cells: string[] = [];
  let cell = '';
  let length = 0; // of the row so far, with its commas and quotes
  let row: Row = { cells, line };
  let state: 'plain' | 'quoted' | 'after quote' = 'plain';
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const end = nextMark(chunk, at, state === 'quoted');
      const run = chunk.slice(at, end);
      const mark = chunk[end];
      length += end + 1 - at;
      at = end + 1;
      if (length > longest) {
        if (state === 'quoted') throw tooLong(name, quoteLine, 'a quoted field', longest, UNCLOSED);
        throw tooLong(name, row.line, 'a row', longest, 'a row of a .csv file ends with its line');
      }
      if (run !== '' && state === 'after quote') {
        throw lineError(
          name,
          line,
          'text after a closing quote',
          'a quote inside a quoted field is written twice: ""',
        );
      }
      cell += run;
      if (state === 'quoted') {
        for (let i = run.indexOf('\n'); i >= 0; i = run.indexOf('\n', i + 1)) line++;
        if (mark === '"') state = 'after quote';
      } else if (mark === '"') {
        // A quote inside an unquoted field is taken as it stands, as most readers do.
        if (state === 'plain' && cell === '') quoteLine = line;
        else cell += '"';
        if (state === 'after quote' || cell === '') state = 'quoted';
      } else if (mark === ',' || mark === '\n') {
        cells.push(cell);
        cell = '';
        state = 'plain';
        if (mark === ',') continue;
        line++;
        if (cells.length > 1 || cells[0] !== '') yield row;
        cells = [];
        length = 0;
        row = { cells, line };
      }
    }
  }
  if (state === 'quoted') throw lineError(name, quoteLine, 'a quote is opened here and never closed');
  cells.push(cell);
  if (cells.length > 1 || cell !== '') yield row;
}

/** The index of the next character with a meaning, or the end of the chunk. A CR outside quotes is dropped. */
function nextMark(chunk: string, from: number, quoted: boolean): number {
  const mark = quoted ? /"/g : /[",\r\n]/g;
  mark.lastIndex = from;
  return mark.exec(chunk)?.index ?? chunk.length;
}
