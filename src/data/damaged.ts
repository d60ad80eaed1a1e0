// Checks of a prepared folder's files against what meta.json says of them.
import { statSync } from 'node:fs';
import { digestFile } from '../base/atomic-files.ts';
import { TsgptError } from '../base/errors.ts';

export const PREPARE_AGAIN = 'prepare the text again with the same --out';

export function damaged(path: string, why: string): TsgptError {
  return new TsgptError(`${path} is damaged: ${why}`, PREPARE_AGAIN);
}

/** `holding` says in words what so many bytes are. */
export function checkSize(path: string, wanted: number, holding: string): void {
  const got = statSync(path, { throwIfNoEntry: false })?.size;
  if (got === undefined) throw damaged(path, 'it is missing');
  if (got !== wanted) throw damaged(path, `expected ${wanted} bytes (${holding}), but it has ${got}`);
}

export async function checkHash(path: string, wanted: string): Promise<void> {
  const { sha256: got } = await digestFile(path);
  if (got !== wanted) throw damaged(path, `expected SHA-256 ${wanted}, but it has ${got}`);
}
