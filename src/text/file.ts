// The documents of one file on disk, read as a stream and understood by its extension.

import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { bytesOf } from './bytes.ts';
import { csvPieces } from './csv.ts';
import { jsonlPieces } from './jsonl.ts';
import { linePieces } from './lines.ts';
import { plainPieces } from './plain.ts';
import type { Piece } from './source.ts';
import { decodeUtf8 } from './utf8.ts';

const CHUNK_BYTES = 2 ** 18;

export const textExtensions: readonly string[] = ['.txt', '.jsonl', '.csv'];

/**
 * `field` is where the records of a .jsonl or .csv file hold their text; any other file is plain text, of which each line may be
 * a document.
 */
export function filePieces(file: string, field: string, lines = false): AsyncIterable<Piece> {
  const extension = extname(file).toLowerCase();
  if (extension === '.jsonl') return jsonlPieces(fileText(file), file, field);
  if (extension === '.csv') return csvPieces(fileText(file), file, field);
  return lines ? linePieces(fileText(file), file) : plainFilePieces(file);
}

export function plainFilePieces(file: string): AsyncIterable<Piece> {
  return plainPieces(fileText(file));
}

/** What the file says, decoded as it is read. */
export function fileText(file: string): AsyncIterable<string> {
  const open = () => createReadStream(file, { highWaterMark: CHUNK_BYTES });
  return decodeUtf8(bytesOf(open, file), file);
}
