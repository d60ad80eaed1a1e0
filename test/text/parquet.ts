// Makes .parquet files for tests, by DuckDB.
import { DuckDBInstance } from '@duckdb/node-api';

/** `rows` is a statement for the file's rows. */
export async function writeParquet(file: string, rows: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(`COPY (${rows}) TO '${file}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}
