// What can be read only once (standard input, a pipe) is kept in a temporary file until the process exits.

import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf, TsgptError } from '../base/errors.ts';

/** The path of the file that now holds the whole input. */
export async function spool(input: Readable, name: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tsgpt-input-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'text');
  try {
    await pipeline(input, createWriteStream(file));
  } catch (error) {
    throw new TsgptError(`cannot keep ${name} in ${folder}: ${messageOf(error)}`, undefined, {
      cause: error,
    });
  }
  return file;
}
