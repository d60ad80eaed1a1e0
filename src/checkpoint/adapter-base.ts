// The checkpoint that an adapter was made from: the folder may have been moved, with the adapter's or without it, but the
// weights must be the same.
import { FILES } from './checkpoint.ts';
import type { Folder } from './folder.ts';
import { type SealedBase, sealedWeights } from './seal.ts';
import { openChecked, openSealed } from './sealed-folder.ts';

/** SHA-256 of the file that holds a checkpoint's weights: as it was sealed, or, of a folder made elsewhere, as it is. */
export async function digestOfWeights(folder: Folder): Promise<string> {
  const { seal } = await openSealed(folder);
  const sealed = seal && sealedWeights(seal);
  if (sealed !== undefined) return sealed;
  const file = await openChecked({ folder, seal: undefined }, FILES.parameters);
  return (await file.digest()).sha256;
}

/** `lastKnown` is the base's folder on the machine that wrote the adapter. */
export async function findBase(
  adapter: Folder,
  { path, sha256 }: SealedBase,
  lastKnown: string,
): Promise<Folder> {
  const { folders, notFound } = adapter.candidates(path, lastKnown);
  let failure: unknown;
  for (const folder of folders) {
    const found = await digestOfWeights(folder).catch((error: unknown) => {
      failure ??= error;
      return undefined;
    });
    if (found === sha256) return folder;
  }
  throw failure ?? notFound(sha256);
}
