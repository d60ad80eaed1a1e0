// A safetensors file's tensors, wherever its bytes are: read and written one at a time, never all held in memory.
import { TsgptError, unexpected } from './errors.ts';
import { floatDtype } from './float-dtypes.ts';
import { type RandomAccess, readFloats, readFully } from './read-floats.ts';
import {
  DTYPE_BYTES,
  formatHeader,
  headerLength,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
} from './safetensors.ts';

export interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** `data` may be a function that is called when the tensor is written, so that not all are in memory at once. */
export interface WritableTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | (() => Promise<Float32Array>);
}

export interface NamedTensor extends WritableTensor {
  readonly name: string;
}

export interface SafetensorsContent extends SafetensorsHeader {
  /** Returns a copy of one tensor's values: F32 as it is, F16 and BF16 widened to it. */
  read(name: string): Promise<Float32Array>;
}

export interface SafetensorsFile extends SafetensorsContent {
  close(): Promise<void>;
}

const PIECE_BYTES = 4 << 20;

/** Yields the whole file, some MiB at a time. */
export async function* safetensorsPieces(
  tensors: readonly NamedTensor[],
  metadata?: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  yield formatHeader(tensors, metadata);
  for (const tensor of tensors) {
    const { buffer, byteOffset, byteLength } = await valuesOf(tensor);
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
  }
}

async function valuesOf({ name, shape, data }: NamedTensor): Promise<Float32Array> {
  const values = data instanceof Float32Array ? data : await data();
  const size = shape.reduce((product, n) => product * n, 1);
  if (size === values.length) return values;
  throw unexpected(`tensor ${name} of shape [${shape}]`, `${size} values`, values.length);
}

/** Reads and checks the header; `file` must stay open while tensors are read. `path` is only named in errors. */
export async function readSafetensors(
  file: RandomAccess,
  size: number,
  path: string,
): Promise<SafetensorsContent> {
  const first = new Uint8Array(Math.min(LENGTH_BYTES, size));
  await readFully(file, first, 0, path);
  const length = headerLength(first, size, path);
  const json = new Uint8Array(length);
  await readFully(file, json, LENGTH_BYTES, path);
  const dataStart = LENGTH_BYTES + length;
  const header = parseHeader(json, size - dataStart, path);
  return { ...header, read: (name) => readTensor(file, header, dataStart, name, path) };
}

async function readTensor(
  file: RandomAccess,
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
