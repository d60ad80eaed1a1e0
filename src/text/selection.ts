// Documents chosen from a text, and their order: those that a condition holds for, each text once, shuffled. All of it may be
// larger than memory: a database on disk keeps the documents. The order is a pure function of seed, file and record.
import { UsageError } from '../base/errors.ts';
import { extensionOf } from './compression.ts';
import { Database, type DatabaseOptions, quoted } from './duckdb.ts';
import { LONGEST_RECORD, tooLong } from './field.ts';
import type { Piece } from './source.ts';
import { checkWhole, naming, recordsOf } from './tables.ts';

export interface Selection {
  /** A condition in SQL on the columns of a file; a plain text has the column "text" alone. */
  where?: string | undefined;
  /** Keep only the first of the documents that are the same. */
  dedupe?: boolean | undefined;
  shuffle?: boolean | undefined;
}

export interface SelectionOptions extends Selection, Omit<DatabaseOptions, 'files'> {
  field: string;
  seed: number;
  /** At most so many documents. */
  limit?: number | undefined;
  /** No document may have more characters. */
  longest?: number | undefined;
  /** Called for each part with how many documents of those before it are wanted. */
  onRead?: ((documents: number) => void) | undefined;
}

/** What is read one after the other. */
export interface Part {
  /** The same on every machine: a file's path from the folder that was named. The order of a shuffled text depends on it. */
  name: string;
  /** The file that it is, where it is one. */
  file?: string;
  pieces(): AsyncIterable<Piece>;
}

export interface Selected {
  documents: number;
  /** How many there were before some were left out as the same as others, or as beyond the limit. */
  of: number;
  pieces(): AsyncIterable<Piece>;
  close(): void;
}

/** A document's place is its part's number and, in so many bits, its own. */
const PLACE_BITS = 40n;
const APPENDED_CHARACTERS = 2 ** 24;
const TABLES = ['.parquet', '.jsonl', '.csv'];

export async function selectDocuments(parts: readonly Part[], options: SelectionOptions): Promise<Selected> {
  const { memory, spillFolder, onRead } = options;
  const files = parts.flatMap(({ file }) => file ?? []);
  const database = await Database.open({ files, memory, spillFolder });
  try {
    await database.run('CREATE TABLE documents (place BIGINT, text VARCHAR)');
    await database.run('CREATE TABLE parts (number BIGINT, name VARCHAR)');
    let of = 0;
    for (const [number, part] of parts.entries()) {
      await database.run(`INSERT INTO parts VALUES (${number}, ${quoted(part.name)})`);
      await readPart(database, part, BigInt(number) << PLACE_BITS, options);
      of = await countOf(database, 'documents');
      onRead?.(of);
    }
    await database.run(`CREATE TABLE selected AS ${selecting(options)}`);
    await database.run('DROP TABLE documents');
    const documents = await countOf(database, 'selected');
    return { documents, of, pieces: () => selectedPieces(database), close: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}

async function* selectedPieces(database: Database): AsyncGenerator<Piece> {
  for await (const texts of database.values('SELECT text FROM selected'))
    for (const text of texts as string[]) yield { text, endsDocument: true };
}

async function countOf(database: Database, table: string): Promise<number> {
  const [row] = await database.rows(`SELECT count(*) FROM ${table}`);
  return Number(row![0]);
}

/** MD5 is the same in every version of DuckDB, as its own hash is not; anyone can compute it. */
function selecting({ dedupe, shuffle, seed, limit }: SelectionOptions): string {
  const firsts = '(SELECT min(place) AS place FROM documents GROUP BY md5_number(text))';
  const key = `md5(concat(${seed}, ':', name, ':', place & ${2n ** PLACE_BITS - 1n}))`;
  return `SELECT text FROM documents
    ${dedupe ? `SEMI JOIN ${firsts} USING (place)` : ''}
    ${shuffle ? `JOIN parts ON number = place >> ${PLACE_BITS}` : ''}
    ORDER BY ${shuffle ? `${key}, ` : ''}place ${limit === undefined ? '' : `LIMIT ${limit}`}`;
}

async function readPart(
  database: Database,
  part: Part,
  first: bigint,
  { field, where, longest = LONGEST_RECORD }: SelectionOptions,
): Promise<void> {
  const { file } = part;
  if (file === undefined || !TABLES.includes(extensionOf(file)))
    return append(database, part, first, { where, longest });
  const table = { file, field, where, longest };
  await checkWhole(file);
  const records = await recordsOf(database, table);
  await naming(table, () =>
    database.run(`INSERT INTO documents SELECT ${first} + number, text FROM (${records})`),
  );
}

/** What is no table is read as ever, and its documents are put into one. */
async function append(
  database: Database,
  part: Part,
  first: bigint,
  { where, longest }: { where: string | undefined; longest: number },
): Promise<void> {
  await database.run('CREATE OR REPLACE TABLE appended (place BIGINT, text VARCHAR)');
  const appender = await database.appender(where === undefined ? 'documents' : 'appended');
  let place = first;
  let text = '';
  let held = 0;
  for await (const piece of part.pieces()) {
    text += piece.text;
    if (text.length > longest) {
      const number = Number(place - first) + 1;
      throw tooLong(part.name, number, 'a document', longest, 'documents are chosen and shuffled');
    }
    if (!piece.endsDocument) continue;
    if (text !== '') {
      appender.appendBigInt(place);
      appender.appendVarchar(text);
      appender.endRow();
    }
    place++;
    held += text.length;
    text = '';
    if (held < APPENDED_CHARACTERS) continue;
    appender.flushSync();
    held = 0;
  }
  appender.closeSync();
  if (where === undefined) return;
  try {
    await database.run(`INSERT INTO documents SELECT place, text FROM appended WHERE (${where}\n)`);
  } catch (error) {
    throw new UsageError(
      `the condition ${JSON.stringify(where)} cannot be asked of ${part.name}: ${(error as Error).message}`,
      'a plain text has one column: text',
      { cause: error },
    );
  }
}
