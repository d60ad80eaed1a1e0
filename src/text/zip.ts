// Unpacks one member of a zip archive that is held in memory.
import { TsgptError } from '../base/errors.ts';
import { unpack, zipEntries } from '../base/zip.ts';

export async function unzip(archive: Uint8Array, member: string): Promise<Uint8Array> {
  const entry = zipEntries(archive, 'this').find(({ name }) => name === member);
  if (entry === undefined) throw new TsgptError(`the zip archive has no ${member}`);
  return unpack(entry, 'this');
}
