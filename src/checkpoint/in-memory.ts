// Checkpoints as files in memory, for pages: the same files as on disk.
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { State, Weights } from './checkpoint.ts';
import { type FolderInMemory, folderInMemory, newFolderInMemory } from './folder-in-memory.ts';
import { readCheckpoint } from './load.ts';
import { type CheckpointContents, writeCheckpoint } from './save.ts';

export interface UnpackedCheckpoint extends Omit<Weights, 'optimizer'> {
  readonly tokenizer: Tokenizer;
  /** Absent in a folder made elsewhere. */
  readonly state: State | undefined;
}

/** Returns the files of its folder, by name. The tensors must not change until this is done. */
export async function packCheckpoint(
  contents: CheckpointContents,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  await writeCheckpoint(newFolderInMemory(files), contents);
  return files;
}

/** Reads all but the optimizer's state. The parameters are as folderInMemory's. */
export async function unpackCheckpoint(
  files: FolderInMemory,
  path: string,
  beside: ReadonlyMap<string, FolderInMemory> = new Map(),
): Promise<UnpackedCheckpoint> {
  const folder = folderInMemory(files, path, beside);
  const { model, parameters, state, tokenizer } = await readCheckpoint(folder, { optimizer: false });
  return { model, parameters, state, tokenizer: await tokenizer() };
}
