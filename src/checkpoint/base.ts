// The checkpoint that an adapter was made from: the folder may have been moved, with the adapter's or without it, but the
// weights must be the same.
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { digestFile } from '../base/atomic-files.ts';
import { TsgptError } from '../base/errors.ts';
import { type Base, FILES } from './checkpoint.ts';
import { type SealedBase, sealedWeights } from './seal.ts';
import { readSeal } from './sealed-folder.ts';

/** Of the file that holds a checkpoint's weights: as it was sealed, or, of a folder made elsewhere, as it is. */
export async function digestOfWeights(folder: string): Promise<string> {
  const seal = await readSeal(folder);
  return (seal && sealedWeights(seal)) ?? (await digestFile(join(folder, FILES.parameters))).sha256;
}

export function sealedBase({ folder, sha256 }: Base, adapterFolder: string): SealedBase {
  return { path: relative(resolve(adapterFolder), resolve(folder)), sha256 };
}

/** `path` from the adapter's folder, else where it was on the machine that wrote it. */
export async function findBase(
  adapterFolder: string,
  { path, sha256 }: SealedBase,
  lastKnown: string,
): Promise<Base> {
  const places = [...new Set([resolve(adapterFolder, path), resolve(lastKnown)])];
  const there = places.filter((place) => existsSync(place));
  for (const folder of there) if ((await digestOfWeights(folder)) === sha256) return { folder, sha256 };
  throw new TsgptError(
    there.length === 0
      ? `${adapterFolder} is an adapter of another checkpoint’s weights, and that is not at ${places.join(' nor at ')}`
      : `${adapterFolder} is an adapter of other weights than those in ${there.join(' and ')} (SHA-256 ${sha256})`,
    `put the checkpoint that it was trained from, or a link to it, at ${places[0]}`,
  );
}
