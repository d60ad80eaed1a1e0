// Whether an import may be written to a folder.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { UsageError } from '../base/errors.ts';
import { readable } from '../base/system-error.ts';
import { FILES } from '../checkpoint/checkpoint.ts';
import { folderOnDisk } from '../checkpoint/folder-on-disk.ts';
import { openSealed } from '../checkpoint/sealed-folder.ts';

/** A folder is replaced only if all it holds is what an import wrote. */
export async function checkReplaceable(out: string): Promise<void> {
  if (!existsSync(out)) return;
  const names = await readdir(out).catch((error) => {
    throw readable(error, `reading ${out}`);
  });
  if (names.length === 0) return;
  const { seal } = await openSealed(folderOnDisk(out));
  const isOurs = (name: string) => name === FILES.state || Object.hasOwn(seal?.files ?? {}, name);
  if (seal !== undefined && 'imported' in seal.state && names.every(isOurs)) return;
  throw new UsageError(
    `${out} is there already, and is not a model that was imported`,
    'choose another --out',
  );
}
