// A database of DuckDB's for one text: in a temporary folder of its own, within a given memory, shut off from the network and
// from all files but those that are named. The only file that loads DuckDB.
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { DuckDBAppender, DuckDBConnection, DuckDBResult } from '@duckdb/node-api';
import { messageOf, TsgptError, UsageError } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import { besideName, removeLeftovers } from '../base/leftovers.ts';
import { readable } from '../base/system-error.ts';

/** DuckDB's sorting and grouping begin to write to disk when they hold so much. */
export const DEFAULT_MEMORY = 2 ** 30;
const LEAST_MEMORY = 2 ** 27;

export interface DatabaseOptions {
  /** The files that it may read. */
  files: readonly string[];
  /** Bytes that it may hold. */
  memory?: number | undefined;
  /** Where its folder is made: what does not fit in memory is written there. The system's place for temporary files if not given. */
  spillFolder?: string | undefined;
}

export class Database {
  readonly #connection: DuckDBConnection;
  readonly #folder: string;
  readonly #remove: () => void;

  private constructor(connection: DuckDBConnection, folder: string, remove: () => void) {
    this.#connection = connection;
    this.#folder = folder;
    this.#remove = remove;
  }

  static async open({ files, memory = DEFAULT_MEMORY, spillFolder }: DatabaseOptions): Promise<Database> {
    checkMemory(memory);
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const parent = resolve(spillFolder ?? tmpdir());
    const folder = await newFolder(parent);
    // However the process ends but by a kill; after that the next database's beginning removes it.
    const remove = () => rmSync(folder, { recursive: true, force: true });
    process.once('exit', remove);
    const instance = await DuckDBInstance.create(join(folder, 'text.duckdb'), {
      memory_limit: `${Math.floor(memory / 2 ** 20)}MiB`,
      temp_directory: join(folder, 'spill'),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    instance.closeSync(); // the connection keeps it open
    const database = new Database(connection, folder, remove);
    await database.run(`SET allowed_paths=[${files.map((file) => quoted(file)).join(',')}]`);
    await database.run('SET enable_external_access=false');
    await database.run('SET lock_configuration=true');
    return database;
  }

  async run(sql: string): Promise<void> {
    await this.#asking(() => this.#connection.run(sql));
  }

  /** The rows of a small result. */
  async rows(sql: string): Promise<unknown[][]> {
    return this.#asking(async () => (await this.#connection.runAndReadAll(sql)).getRowsJson());
  }

  /** The values of a result's only column, a few at a time. */
  async *values(sql: string): AsyncGenerator<readonly unknown[]> {
    const result = await this.#asking((): Promise<DuckDBResult> => this.#connection.stream(sql));
    for (;;) {
      const chunk = await this.#asking(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk.getColumnValues(0);
    }
  }

  appender(table: string): Promise<DuckDBAppender> {
    return this.#connection.createAppender(table);
  }

  close(): void {
    this.#connection.closeSync();
    this.#remove();
    process.removeListener('exit', this.#remove);
  }

  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw explained(error, this.#folder);
    }
  }
}

async function newFolder(parent: string): Promise<string> {
  await removeLeftovers(parent);
  const folder = besideName(join(parent, 'tsgpt-text'), 'tmp');
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw readable(error, `making ${folder}`);
  }
  return folder;
}

function checkMemory(memory: number): void {
  if (memory >= LEAST_MEMORY) return;
  throw new UsageError(
    `expected at least ${formatBytes(LEAST_MEMORY)} of memory, but got ${formatBytes(memory)}`,
    'give more, as in --memory 1GB',
  );
}

/** A text as SQL has it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A column's name as SQL has it. */
export function column(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What DuckDB says, in a line: without the kind of error that begins it, the statement, and advice that is of its settings. */
function explained(error: unknown, folder: string): TsgptError {
  const text = messageOf(error);
  const lines = text.split('\n').filter((line) => /^(?!Original Line|LINE \d|Possible)\S/.test(line));
  const message = lines
    .slice(0, 2)
    .join(': ')
    .replace(/^(\w+ )+Error: /, '');
  const options = { cause: error };
  if (text.startsWith('Out of Memory'))
    return new TsgptError(`DuckDB needs more memory: ${message}`, 'give more, as in --memory 4GB', options);
  if (/No space left on device|disk quota/i.test(text))
    return new TsgptError(
      `disk full while the text was written to ${dirname(folder)}`,
      'free some space, or choose a folder on another disk; then run this again',
      options,
    );
  return new TsgptError(message, undefined, options);
}
