// An ONNX file as weights under a model's names; their values lie in it or in files beside it.
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TsgptError } from '../base/errors.ts';
import { type FloatDtype, isFloatDtype } from '../base/float-dtypes.ts';
import { allocate, readFloats, readFully } from '../base/read-floats.ts';
import { DTYPE_BYTES } from '../base/safetensors.ts';
import { readable } from '../base/system-error.ts';
import { TYPE } from '../formats/onnx/graph-builder.ts';
import { type OnnxGraph, type OnnxTensor, readGraph, type Weight } from '../formats/onnx/graph-reader.ts';
import { WireReader } from '../formats/onnx/wire-reader.ts';
import { fileInside } from './files.ts';
import type { WeightsFile } from './weights.ts';

const DTYPES: Readonly<Record<number, FloatDtype>> = {
  [TYPE.float]: 'F32',
  [TYPE.float16]: 'F16',
  [TYPE.bfloat16]: 'BF16',
};

interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly size: number;
}

interface OnnxWeight {
  readonly dtype: string;
  readonly shape: readonly number[];
  read(): Promise<Float32Array>;
}

/** Which of a graph's tensors are which of a model's weights. */
export type NameWeights = (graph: OnnxGraph, file: string) => ReadonlyMap<string, Weight>;

export async function openOnnx(path: string, weightsByName: NameWeights): Promise<WeightsFile> {
  const files = new Files();
  try {
    const file = await files.open(path);
    const graph = await readGraph(
      new WireReader((at, length) => readBytes(file, at, length), file.size, path),
    );
    const tensors = new Map<string, OnnxWeight>();
    for (const [name, weight] of weightsByName(graph, path)) {
      tensors.set(name, await locate(weight, file, files, `tensor ${name} in ${path}`));
    }
    return { tensors, read: (name) => tensors.get(name)!.read(), close: () => files.close() };
  } catch (error) {
    await files.close();
    throw error;
  }
}

/** `what` names the tensor in errors. */
async function locate(
  { tensor, transposed }: Weight,
  own: OpenFile,
  files: Files,
  what: string,
): Promise<OnnxWeight> {
  const dtype = DTYPES[tensor.type] ?? `ONNX type ${tensor.type}`;
  const shape = transposed ? tensor.shape.toReversed() : tensor.shape;
  if (!isFloatDtype(dtype)) {
    const read = () => Promise.reject(new TsgptError(`${what} is stored as ${dtype}, which cannot be read`));
    return { dtype, shape, read };
  }
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  const length = count * DTYPE_BYTES[dtype];
  const { external } = tensor;
  const file = external === undefined ? own : await externalFile(external, own, files, what);
  const start = external === undefined ? (tensor.bytes?.start ?? 0) : decimal(external, 'offset', 0, what);
  const there =
    external === undefined ? (tensor.bytes?.end ?? 0) - start : decimal(external, 'length', length, what);
  if (there !== length) {
    throw new TsgptError(
      `${what} of shape [${tensor.shape}] needs ${length} bytes of values, but has ${there}`,
    );
  }
  if (start + length > file.size)
    throw new TsgptError(`${what} ends at byte ${start + length} of ${file.path}, which has ${file.size}`);
  const read = async (): Promise<Float32Array> => {
    const floats = (at: number, size: number) =>
      readFloats(file.handle, dtype, start + at * DTYPE_BYTES[dtype], size, file.path);
    return transposed ? readTransposed(floats, tensor, file.path) : floats(0, count);
  };
  return { dtype, shape, read };
}

async function externalFile(
  external: ReadonlyMap<string, string>,
  own: OpenFile,
  files: Files,
  what: string,
): Promise<OpenFile> {
  return files.open(fileInside(dirname(own.path), external.get('location') ?? '', what));
}

function decimal(external: ReadonlyMap<string, string>, key: string, absent: number, what: string): number {
  const text = external.get(key);
  if (text === undefined) return absent;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new TsgptError(`${what}: expected a number of bytes as its ${key}, but got ${JSON.stringify(text)}`);
}

/** The tensor is transposed while it is read, some rows at a time: a second copy would need as much memory again. */
async function readTransposed(
  floats: (at: number, size: number) => Promise<Float32Array>,
  { shape }: OnnxTensor,
  path: string,
): Promise<Float32Array> {
  const [rows, columns] = shape as [number, number];
  const turned = allocate(rows * columns, path);
  const atOnce = Math.max(1, Math.floor((1 << 20) / columns));
  for (let first = 0; first < rows; first += atOnce) {
    const count = Math.min(atOnce, rows - first);
    const piece = await floats(first * columns, count * columns);
    for (let row = 0; row < count; row++) {
      for (let column = 0; column < columns; column++)
        turned[column * rows + first + row] = piece[row * columns + column]!;
    }
  }
  return turned;
}

async function readBytes({ handle, path }: OpenFile, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await readFully(handle, bytes, at, path);
  return bytes;
}

/** The files that are open, each once. */
class Files {
  readonly #files = new Map<string, OpenFile>();

  async open(path: string): Promise<OpenFile> {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    try {
      const handle = await open(path, 'r');
      this.#files.set(path, { path, handle, size: 0 });
      const stats = await handle.stat();
      if (!stats.isFile()) throw new TsgptError(`${path} is not a file`);
      const file = { path, handle, size: stats.size };
      this.#files.set(path, file);
      return file;
    } catch (error) {
      throw readable(error, `reading ${path}`);
    }
  }

  async close(): Promise<void> {
    for (const { handle } of this.#files.values()) await handle.close();
  }
}
