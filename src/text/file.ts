// The documents of one file on disk, read as a stream and understood by its extension.

import { compressionOf, extensionOf, unpackedBytes } from './compression.ts';
import { csvPieces } from './csv.ts';
import { jsonlPieces } from './jsonl.ts';
import { linePieces } from './lines.ts';
import { plainPieces } from './plain.ts';
import type { Piece } from './source.ts';
import { decodeUtf8 } from './utf8.ts';

/** What a folder is searched for, whether compressed or not. */
export const textExtensions: readonly string[] = ['.txt', '.jsonl', '.csv', '.parquet'];

export function isTextFile(file: string): boolean {
  const extension = extensionOf(file);
  return textExtensions.includes(extension) && !(extension === '.parquet' && compressionOf(file));
}

/**
 * `field` is where the records of a .jsonl, .csv or .parquet file hold their text; any other file is plain text, of which each
 * line may be a document.
 */
export function filePieces(file: string, field: string, lines = false): AsyncIterable<Piece> {
  const extension = extensionOf(file);
  if (extension === '.jsonl') return jsonlPieces(fileText(file), file, field);
  if (extension === '.csv') return csvPieces(fileText(file), file, field);
  if (extension === '.parquet') return parquetPieces(file, field);
  return lines ? linePieces(fileText(file), file) : plainFilePieces(file);
}

export function plainFilePieces(file: string): AsyncIterable<Piece> {
  return plainPieces(fileText(file));
}

async function* parquetPieces(file: string, field: string): AsyncGenerator<Piece> {
  const { tablePieces } = await import('./tables.ts');
  yield* tablePieces(file, field);
}

/** What the file says, decoded as it is read. */
export function fileText(file: string): AsyncIterable<string> {
  return decodeUtf8(unpackedBytes(file), file);
}
