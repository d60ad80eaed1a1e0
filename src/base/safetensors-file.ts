// Safetensors files on disk: written and read tensor by tensor, never held in memory whole.
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { TsgptError, unexpected } from './errors.ts';
import type { Digest } from './files.ts';
import {
  formatHeader,
  headerLength,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
} from './safetensors.ts';
import { readable } from './system-error.ts';

export interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface NamedTensor extends FloatTensor {
  readonly name: string;
}

export interface SafetensorsFile extends SafetensorsHeader {
  /** A copy of one F32 tensor's values. */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

const PIECE_BYTES = 4 << 20;
/** The system reads no more than this at once. */
const READ_BYTES = 1 << 30;

/** The tensors must not change until it is done. Metadata `{ format: 'pt' }` is what Python's transformers wants. */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedTensor[],
  metadata?: Readonly<Record<string, string>>,
): Promise<Digest> {
  for (const { name, shape, data } of tensors) {
    const size = shape.reduce((product, n) => product * n, 1);
    if (size !== data.length)
      throw unexpected(`tensor ${name} of shape [${shape}]`, `${size} values`, data.length);
  }
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'w').catch((error) => fail(error, 'writing', path));
  try {
    for (const bytes of pieces(formatHeader(tensors, metadata), tensors)) {
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

function* pieces(header: Uint8Array, tensors: readonly NamedTensor[]): Generator<Uint8Array> {
  yield header;
  for (const { data } of tensors) {
    const bytes = bytesOf(data);
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
  }
}

export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await open(path, 'r').catch((error) => fail(error, 'reading', path));
  try {
    const { size } = await file.stat();
    const first = new Uint8Array(Math.min(LENGTH_BYTES, size));
    await readFully(file, first, 0, path);
    const length = headerLength(first, size, path);
    const json = new Uint8Array(length);
    await readFully(file, json, LENGTH_BYTES, path);
    const dataStart = LENGTH_BYTES + length;
    const header = parseHeader(json, size - dataStart, path);
    return {
      ...header,
      read: (name) => readTensor(file, header, dataStart, name, path),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    return fail(error, 'reading', path);
  }
}

async function readTensor(
  file: FileHandle,
  { tensors }: SafetensorsHeader,
  dataStart: number,
  name: string,
  path: string,
): Promise<Float32Array> {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new TsgptError(`${path} has no tensor ${name}`);
  if (tensor.dtype !== 'F32') {
    throw new TsgptError(
      `${path} stores tensor ${name} as ${tensor.dtype}; only F32 can be read`,
      'convert it first, in Python: model.float().save_pretrained(folder)',
    );
  }
  const data = new Float32Array((tensor.end - tensor.start) / Float32Array.BYTES_PER_ELEMENT);
  await readFully(file, bytesOf(data), dataStart + tensor.start, path);
  return data;
}

async function readFully(file: FileHandle, bytes: Uint8Array, position: number, path: string): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const length = Math.min(READ_BYTES, bytes.length - at);
    const { bytesRead } = await file
      .read(bytes, at, length, position + at)
      .catch((e) => fail(e, 'reading', path));
    if (bytesRead === 0) throw new TsgptError(`${path} became shorter while it was read`);
    at += bytesRead;
  }
}

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function fail(error: unknown, verb: 'reading' | 'writing', path: string): never {
  throw readable(error, `${verb} ${path}`);
}
