// A text file that is read whole: settings, a tokenizer. What does not end (a device, a pipe) is refused all the same.
import { closeSync, openSync, readSync } from 'node:fs';
import { TsgptError } from './errors.ts';
import { formatBytes } from './format.ts';
import { readable } from './system-error.ts';

const MOST_BYTES = 2 ** 27;
const CHUNK_BYTES = 2 ** 18;

export function readTextFile(path: string, mostBytes = MOST_BYTES): string {
  try {
    return readAll(path, mostBytes).toString('utf8');
  } catch (error) {
    throw readable(error, `reading ${path}`);
  }
}

function readAll(path: string, mostBytes: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let size = 0; size <= mostBytes; ) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const read = readSync(file, chunk);
      if (read === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, read));
      size += read;
    }
  } finally {
    closeSync(file);
  }
  throw new TsgptError(
    `expected ${path} to be a file of at most ${formatBytes(mostBytes)}, but it has more`,
    'is it the file that you mean?',
  );
}
