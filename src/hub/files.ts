// Files of a model that someone else made: what they say of other files is not believed.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readText } from '../base/atomic-files.ts';
import { TsgptError, unexpected } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import { readable } from '../base/system-error.ts';

/** A file that `namedBy` names: it must lie in the same folder, or below it. */
export function fileInside(folder: string, name: string, namedBy: string): string {
  const parts = name.split(/[\\/]/);
  if (name === '' || parts[0] === '' || parts.includes('..') || /[:\0]/.test(name))
    throw unexpected(`a file that ${namedBy} names`, 'a name inside its folder', name);
  return join(folder, ...parts);
}

export async function readSmallText(path: string, mostBytes: number): Promise<string> {
  const { size } = await stat(path).catch((error) => {
    throw readable(error, `reading ${path}`);
  });
  if (size <= mostBytes) return readText(path);
  throw new TsgptError(`${path} should have at most ${formatBytes(mostBytes)}, but has ${formatBytes(size)}`);
}
