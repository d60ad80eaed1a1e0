// A checkpoint's folder in memory, where there is no disk.
import { TsgptError } from '../base/errors.ts';
import { bytesAsFile } from '../base/read-floats.ts';
import { readSafetensors, safetensorsPieces } from '../base/safetensors-file.ts';
import { digestOf } from '../base/sha256.ts';
import { ADAPTER_FILES } from './adapter.ts';
import { FILES } from './checkpoint.ts';
import type { Folder, FolderFile, NewFolder } from './folder.ts';

/** The keys are file names; a file's bytes are fetched when they are asked for. */
export type FolderInMemory = ReadonlyMap<string, () => Promise<Uint8Array>>;

/** `path` is what errors call the folder. An adapter's base is one of those `beside` it, by whatever names. */
export function folderInMemory(
  files: FolderInMemory,
  path: string,
  beside: ReadonlyMap<string, FolderInMemory>,
): Folder {
  return {
    path,
    fullPath: path,
    has: (name) => files.has(name),
    async file(name) {
      const bytes = await files.get(name)?.();
      return bytes && fileInMemory(bytes, `${path}/${name}`);
    },
    candidates(_, lastKnown) {
      const others = new Map([...beside].filter(([, other]) => other !== files));
      const whole = [...others].filter(([, other]) => holdsWeights(other));
      return {
        folders: whole.map(([name, other]) => folderInMemory(other, name, others)),
        notFound: () =>
          new TsgptError(
            `${path} is an adapter of another checkpoint’s weights, and those were not given with it`,
            `give both folders at once: this one, and the one it was trained from, ${lastKnown}`,
          ),
      };
    },
  };
}

function holdsWeights(files: FolderInMemory): boolean {
  return files.has(FILES.parameters) || files.has(ADAPTER_FILES.parameters);
}

function fileInMemory(bytes: Uint8Array, path: string): FolderFile {
  return {
    path,
    digest: async () => digestOf(bytes),
    text: async () => new TextDecoder().decode(bytes),
    tensors: async () => ({
      ...(await readSafetensors(bytesAsFile(bytes), bytes.length, path)),
      close: async () => {},
    }),
  };
}

/** Puts what is written into `files`. */
export function newFolderInMemory(files: Map<string, Uint8Array<ArrayBuffer>>): NewFolder {
  const put = (name: string, bytes: Uint8Array<ArrayBuffer>) => {
    files.set(name, bytes);
    return digestOf(bytes);
  };
  return {
    writeText: async (name, text) => put(name, new TextEncoder().encode(text)),
    writeTensors: async (name, tensors, metadata) =>
      put(name, await gathered(safetensorsPieces(tensors, metadata))),
  };
}

async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
