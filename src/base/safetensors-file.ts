// Safetensors files on disk: written and read tensor by tensor, never held in memory whole.
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Digest } from './atomic-files.ts';
import { TsgptError, unexpected } from './errors.ts';
import { floatDtype } from './float-dtypes.ts';
import { readFloats, readFully } from './read-floats.ts';
import {
  DTYPE_BYTES,
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

/** Values at hand, or to be had when their turn comes and forgotten once they are written. */
export interface WritableTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | (() => Promise<Float32Array>);
}

export interface NamedTensor extends WritableTensor {
  readonly name: string;
}

export interface SafetensorsFile extends SafetensorsHeader {
  /** A copy of one tensor's values: F32, or F16 and BF16 made so. */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

const PIECE_BYTES = 4 << 20;

/** The tensors must not change until it is done. Metadata `{ format: 'pt' }` is what Python's transformers wants. */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedTensor[],
  metadata?: Readonly<Record<string, string>>,
): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'w').catch((error) => fail(error, 'writing', path));
  try {
    for await (const bytes of pieces(formatHeader(tensors, metadata), tensors)) {
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

async function* pieces(header: Uint8Array, tensors: readonly NamedTensor[]): AsyncGenerator<Uint8Array> {
  yield header;
  for (const tensor of tensors) {
    const bytes = bytesOf(await valuesOf(tensor));
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
  }
}

async function valuesOf({ name, shape, data }: NamedTensor): Promise<Float32Array> {
  const values = data instanceof Float32Array ? data : await data();
  const size = shape.reduce((product, n) => product * n, 1);
  if (size === values.length) return values;
  throw unexpected(`tensor ${name} of shape [${shape}]`, `${size} values`, values.length);
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
  const { start, end } = tensor;
  const dtype = floatDtype(tensor.dtype, name, path);
  return readFloats(file, dtype, dataStart + start, (end - start) / DTYPE_BYTES[dtype], path);
}

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function fail(error: unknown, verb: 'reading' | 'writing', path: string): never {
  throw readable(error, `${verb} ${path}`);
}
