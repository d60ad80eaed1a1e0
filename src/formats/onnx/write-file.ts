// Writes contents to a file, one after another: no more than one of those made late is in memory at a time.
import { stat, writeFile } from 'node:fs/promises';
import type { Content } from './write-protobuf.ts';

/** Smaller contents are joined: thousands of small writes would take longer than the large ones. */
const JOINED_BYTES = 1 << 20;

/** Returns the file's size. */
export async function writeContents(path: string, contents: readonly Content[]): Promise<number> {
  await writeFile(path, joined(contents), { flag: 'wx' });
  return (await stat(path)).size;
}

function* joined(contents: readonly Content[]): Generator<Uint8Array> {
  let small: Uint8Array[] = [];
  let length = 0;
  for (const content of contents) {
    const bytes = content instanceof Uint8Array ? content : content.make();
    if (length + bytes.length > JOINED_BYTES) {
      yield Buffer.concat(small);
      small = [];
      length = 0;
    }
    if (bytes.length > JOINED_BYTES) yield bytes;
    else {
      small.push(bytes);
      length += bytes.length;
    }
  }
  yield Buffer.concat(small);
}
