// A checkpoint's folder together with its seal, against which a file is checked before it is read.
import { TsgptError } from '../base/errors.ts';
import { DamagedCheckpoint, FILES } from './checkpoint.ts';
import type { Folder, FolderFile } from './folder.ts';
import { checkDigest, parseSeal, type Seal } from './seal.ts';

export interface SealedFolder {
  readonly folder: Folder;
  /** Absent in a plain Hugging Face folder. */
  readonly seal: Seal | undefined;
}

export async function openSealed(folder: Folder): Promise<SealedFolder> {
  const file = await folder.file(FILES.state);
  if (file) return { folder, seal: parseSeal(await file.text(), folder.path) };
  if (folder.has(FILES.optimizer)) throw new DamagedCheckpoint(folder.path, `${FILES.state} is missing`);
  return { folder, seal: undefined };
}

/** Whether the file was saved with the folder; where there is no seal, whether it is there. */
export function holds({ folder, seal }: SealedFolder, name: string): boolean {
  return seal ? name in seal.files : folder.has(name);
}

/** Refuses a file that is not the one that was saved. */
export async function openChecked({ folder, seal }: SealedFolder, name: string): Promise<FolderFile> {
  const file = await folder.file(name);
  if (seal) checkDigest(name in seal.files ? await file?.digest() : undefined, name, seal, folder.path);
  if (file) return file;
  throw new TsgptError(
    `${folder.path} is not a checkpoint: it has no ${name}`,
    'a checkpoint is a folder with config.json and model.safetensors, such as a run’s step-000500',
  );
}
