// Safetensors files on disk.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import {
  type NamedTensor,
  readSafetensors,
  type SafetensorsFile,
  safetensorsPieces,
} from './safetensors-file.ts';
import type { Digest } from './sha256.ts';
import { readable } from './system-error.ts';

/** The tensors must not change until this is done. Python's transformers wants the metadata `{ format: 'pt' }`. */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedTensor[],
  metadata?: Readonly<Record<string, string>>,
): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'w').catch((error) => fail(error, 'writing', path));
  try {
    for await (const bytes of safetensorsPieces(tensors, metadata)) {
      const written = file.writeFile(bytes);
      hash.update(bytes);
      await written;
      size += bytes.length;
    }
  } catch (error) {
    fail(error, 'writing', path);
  } finally {
    await file.close();
  }
  return { size, sha256: hash.digest('hex') };
}

export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await open(path, 'r').catch((error) => fail(error, 'reading', path));
  const close = () => file.close();
  try {
    const { size } = await file.stat();
    return { ...(await readSafetensors(file, size, path)), close };
  } catch (error) {
    await close();
    return fail(error, 'reading', path);
  }
}

function fail(error: unknown, verb: 'reading' | 'writing', path: string): never {
  throw readable(error, `${verb} ${path}`);
}
