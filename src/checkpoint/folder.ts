// A checkpoint's folder as its reader and its writer see it, on disk (folder-on-disk.ts) or in memory (folder-in-memory.ts).
import type { TsgptError } from '../base/errors.ts';
import type { NamedTensor, SafetensorsFile } from '../base/safetensors-file.ts';
import type { Digest } from '../base/sha256.ts';

export interface Folder {
  /** Errors call it so. */
  readonly path: string;
  /** `path` from the file system's root on. A tokenizer that was saved without a name is called by its last part. */
  readonly fullPath: string;
  has(name: string): boolean;
  /** Returns undefined where there is no such file. */
  file(name: string): Promise<FolderFile | undefined>;
  /** The folders in which an adapter's base may be: `path` leads there from this one, `lastKnown` did where it was saved. */
  candidates(path: string, lastKnown: string): Candidates;
}

export interface Candidates {
  readonly folders: readonly Folder[];
  /** The error if none of them holds the weights of this SHA-256. */
  notFound(sha256: string): TsgptError;
}

export interface FolderFile {
  /** Errors call it so. */
  readonly path: string;
  digest(): Promise<Digest>;
  text(): Promise<string>;
  /** Opens it as a safetensors file, which the caller closes. */
  tensors(): Promise<SafetensorsFile>;
}

/** A folder that is being written. Its user sees it when it is whole, or never. */
export interface NewFolder {
  writeText(name: string, text: string): Promise<Digest>;
  /** Writes a safetensors file, asking for one tensor's values at a time. */
  writeTensors(
    name: string,
    tensors: readonly NamedTensor[],
    metadata?: Readonly<Record<string, string>>,
  ): Promise<Digest>;
}
