// One member of a zip archive held in memory.
import { inflateRawSync } from 'node:zlib';
import { TsgptError } from '../base/errors.ts';
import { zipEntries } from '../base/zip.ts';

export function unzip(archive: Buffer, member: string): Buffer {
  const entry = zipEntries(archive, 'this').find(({ name }) => name === member);
  if (entry === undefined) throw new TsgptError(`the zip archive has no ${member}`);
  return entry.deflated ? inflateRawSync(entry.data) : Buffer.from(entry.data);
}
