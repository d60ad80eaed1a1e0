// What can be read only once (standard input, a pipe, a device) is copied to a temporary file, and read from there.
// The copy is checked as it is made, so that an input that is not text is refused at its first bad byte, though it may
// never end. The file loses its name as soon as it is open: however the process ends, the system frees its room.

import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { messageOf, TsgptError } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import { bytesOf } from './bytes.ts';
import { decodeUtf8 } from './utf8.ts';

/** The disk's free space is checked each time so many bytes have been copied. */
const CHECKED_BYTES = 2 ** 26;
/** An input that never ends must not fill the disk: this share of it is left to others. */
const KEPT_FREE = 1 / 20;

/** Each call of the result reads the whole input from its start. `onCopied` is told how many bytes there are so far. */
export async function spool(
  input: Readable,
  name: string,
  onCopied: (bytes: number) => void = () => {},
): Promise<() => AsyncIterable<Uint8Array>> {
  const file = keeping(name, openNameless);
  let bytes = 0;
  let checked = 0;

  async function* copied(): AsyncGenerator<Uint8Array> {
    onCopied(bytes);
    for await (const chunk of bytesOf(() => input, name)) {
      keeping(name, () => writeAll(file, chunk));
      bytes += chunk.length;
      onCopied(bytes);
      if (bytes - checked >= CHECKED_BYTES) {
        checkRoom(name, bytes);
        checked = bytes;
      }
      yield chunk;
    }
  }

  try {
    for await (const _ of decodeUtf8(copied(), name));
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return () => bytesOf(() => createReadStream('', { fd: file, start: 0, autoClose: false }), name);
}

function openNameless(): number {
  const folder = mkdtempSync(join(tmpdir(), 'tsgpt-input-'));
  try {
    return openSync(join(folder, 'text'), 'wx+');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeAll(file: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
}

const ELSEWHERE =
  'if it ends, set TMPDIR to a folder on a larger disk; if it does not, take its beginning, as in: … | head -c 1G | tsgpt prepare -';

function keeping<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new TsgptError(`cannot keep ${name} in ${tmpdir()}: ${messageOf(error)}`, ELSEWHERE, {
      cause: error,
    });
  }
}

function checkRoom(name: string, bytes: number): void {
  const { bavail, blocks, bsize } = statfsSync(tmpdir());
  if (bavail >= blocks * KEPT_FREE) return;
  throw new TsgptError(
    `${name} has ${formatBytes(bytes)} so far, and only ${formatBytes(bavail * bsize)} are left for its copy in ${tmpdir()}`,
    ELSEWHERE,
  );
}
