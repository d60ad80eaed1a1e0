// Files of records as tables (.parquet, .jsonl, .csv): what DuckDB is asked for, so that it gives the texts in one of their columns.
import { messageOf, TsgptError, UsageError } from '../base/errors.ts';
import { compressionOf, extensionOf, unpackedBytes } from './compression.ts';
import { csvPieces } from './csv.ts';
import { column, Database, quoted } from './duckdb.ts';
import { LONGEST_RECORD, missingField, tooLong } from './field.ts';
import { fileText } from './file.ts';
import { jsonlPieces } from './jsonl.ts';
import type { Piece } from './source.ts';

/** Begins the message of an error that our own SQL raises: a record's number, and what it has in place of a text. */
const MARK = 'tsgpt-record';
const OTHERS = { number: 'tsgpt_number', kind: 'tsgpt_kind' } as const;

/** The texts of a .parquet file, in its order. */
export async function* tablePieces(file: string, field: string): AsyncGenerator<Piece> {
  const database = await Database.open({ files: [file] });
  const table = { file, field, longest: LONGEST_RECORD };
  try {
    const records = await recordsOf(database, table);
    const texts = database.values(`SELECT text FROM (${records})`);
    for (;;) {
      const next = await naming(table, () => texts.next());
      if (next.done) return;
      for (const text of next.value as string[]) yield { text, endsDocument: true };
    }
  } finally {
    database.close();
  }
}

export interface Table {
  file: string;
  /** The column that holds the text. */
  field: string;
  /** The records that are wanted, as a condition on their columns. */
  where?: string | undefined;
  /** No text may have more characters. */
  longest: number;
}

/** A statement for the (number, text) of each record that is wanted and not empty; they are counted from 0. */
export async function recordsOf(database: Database, table: Table): Promise<string> {
  const { field, where, longest } = table;
  const text = column(field);
  const { number, kind } = OTHERS;
  const conditions = [`${text} IS DISTINCT FROM ''`, ...(where === undefined ? [] : [`(${where}\n)`])];
  return `SELECT ${number} AS number,
      CASE WHEN ${text} IS NULL THEN error(concat('${MARK} ', ${number}, ' ', ${kind}))
           WHEN length(${text}) > ${longest} THEN error(concat('${MARK} ', ${number}, ' long'))
           ELSE ${text} END AS text
    FROM (${await readingOf(database, table)}) WHERE ${conditions.join(' AND ')}`;
}

/** What goes wrong in `read` names the file, and where it is known the record. */
export async function naming<T>(table: Table, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof TsgptError) || error.hint !== undefined) throw error;
    const [, number, kind] = new RegExp(`${MARK} (\\d+) (.*)`).exec(error.message) ?? [];
    if (number !== undefined) throw noText(table, Number(number) + 1, kind!);
    await readPlainly(table);
    const isCondition = /^(Binder|Parser|Conversion|Catalog) Error/.test(messageOf(error.cause));
    if (table.where !== undefined && isCondition) throw badCondition(table, error.message);
    throw new TsgptError(`cannot read ${table.file}: ${error.message}`, undefined, { cause: error });
  }
}

/** A compressed file is read to its end first: DuckDB would take one that is cut off for a shorter one. */
export async function checkWhole(file: string): Promise<void> {
  if (compressionOf(file)) for await (const _ of unpackedBytes(file));
}

/** All columns of a file, its text as one that is a string or NULL, and two of our own. */
async function readingOf(database: Database, table: Table): Promise<string> {
  const { number, kind } = OTHERS;
  const text = column(table.field);
  const source = quoted(table.file);
  const counted = `row_number() OVER () - 1 AS ${number}`;
  switch (extensionOf(table.file)) {
    case '.parquet': {
      const from = `read_parquet(${source}, file_row_number=true)`;
      const types = await columnsOf(database, table, from);
      const type = types.get(table.field)!;
      if (type !== 'VARCHAR')
        throw new TsgptError(
          `${table.file}: expected strings in field "${table.field}", but it holds ${type}`,
          '--field names the field to read',
        );
      return `SELECT *, 'null' AS ${kind}, file_row_number AS ${number} FROM ${from}`;
    }
    case '.jsonl': {
      const options = `${source}, format='newline_delimited', maximum_object_size=${table.longest}`;
      const types = table.where ? await columnsOf(database, table, `read_json(${options})`) : new Map();
      types.set(table.field, 'JSON');
      const columns = [...types].map(([name, type]) => `${quoted(name)}: ${quoted(type)}`).join(', ');
      return `SELECT * REPLACE (CASE json_type(${text}) WHEN 'VARCHAR' THEN ${text} ->> '$' END AS ${text}),
        coalesce(json_type(${text}), 'nothing') AS ${kind}, ${counted}
        FROM read_json(${options}, columns={${columns}})`;
    }
    default: {
      const options = `${source}, header=true, delim=',', quote='"', escape='"', max_line_size=${table.longest}`;
      await columnsOf(database, table, `read_csv(${options}, all_varchar=true)`);
      const types = table.where ? `types={${quoted(table.field)}: 'VARCHAR'}` : 'all_varchar=true';
      return `SELECT * REPLACE (coalesce(${text}, '') AS ${text}), '' AS ${kind}, ${counted}
        FROM read_csv(${options}, ${types})`;
    }
  }
}

/** The columns' types by their names; that of the text must be among them. */
async function columnsOf(database: Database, table: Table, from: string): Promise<Map<string, string>> {
  const rows = await naming({ ...table, where: undefined }, () =>
    database.rows(`DESCRIBE SELECT * FROM ${from}`),
  );
  const types = new Map(rows.map(([name, type]) => [String(name), String(type)]));
  if (!types.has(table.field)) {
    const names = [...types.keys()].filter((name) => name !== 'file_row_number');
    throw missingField(table.file, 1, [table.field], names);
  }
  return types;
}

/** Our own readers of records say in which line of the file it is that cannot be read. */
async function readPlainly({ file, field, longest }: Table): Promise<void> {
  const extension = extensionOf(file);
  if (extension === '.jsonl') for await (const _ of jsonlPieces(fileText(file), file, field, longest));
  if (extension === '.csv') for await (const _ of csvPieces(fileText(file), file, field, longest));
}

function noText({ file, field, longest }: Table, number: number, kind: string): TsgptError {
  if (kind === 'long') return tooLong(file, number, 'a text', longest, 'it is one record');
  return new TsgptError(
    `${file}, record ${number}: expected a string in field "${field}", but got ${kind}`,
    `leave such records out: --where '"${field}" is not null'`,
  );
}

function badCondition({ file, where }: Table, message: string): UsageError {
  return new UsageError(
    `the condition ${JSON.stringify(where)} cannot be asked of ${file}: ${message}`,
    `it is SQL on the file's columns, as in --where "language = 'en' and score > 3"`,
  );
}
