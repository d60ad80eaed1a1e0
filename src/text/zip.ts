// Reads one member of a zip archive held in memory (stored or deflated; no zip64, no encryption).

import { inflateRawSync } from 'node:zlib';
import { TsgptError } from '../base/errors.ts';

const END_OF_DIRECTORY = Buffer.from('PK\x05\x06', 'latin1');

export function unzip(archive: Buffer, member: string): Buffer {
  const end = archive.lastIndexOf(END_OF_DIRECTORY);
  if (end < 0) throw new TsgptError('this is not a zip archive, or the end of it is missing');
  const count = archive.readUInt16LE(end + 10);
  let entry = archive.readUInt32LE(end + 16); // in the central directory
  for (let i = 0; i < count; i++) {
    const nameLength = archive.readUInt16LE(entry + 28);
    const name = archive.toString('utf8', entry + 46, entry + 46 + nameLength);
    if (name === member) return content(archive, entry);
    entry += 46 + nameLength + archive.readUInt16LE(entry + 30) + archive.readUInt16LE(entry + 32);
  }
  throw new TsgptError(`the zip archive has no ${member}`);
}

function content(archive: Buffer, entry: number): Buffer {
  const method = archive.readUInt16LE(entry + 10);
  const size = archive.readUInt32LE(entry + 20);
  const local = archive.readUInt32LE(entry + 42);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const bytes = archive.subarray(start, start + size);
  return method === 0 ? bytes : inflateRawSync(bytes);
}
