// Writes a GGUF file, version 3: counts, metadata, what tensors there are and where, then their bytes, one tensor at a time.
import { open } from 'node:fs/promises';
import { TsgptError, unexpected } from '../../base/errors.ts';
import { type GgufDtype, LAYOUTS } from './dtypes.ts';
import { ByteWriter, type Metadata, text, u32 } from './metadata.ts';
import type { GgufModel, GgufTensor } from './model.ts';
import { bytesOf } from './quantise.ts';

const MAGIC = 0x46554747; // "GGUF"
const VERSION = 3;
const QUANTIZATION_VERSION = 2;
/** Every tensor begins at a multiple of it. */
const ALIGNMENT = 32;
const MOST_NAME_BYTES = 64;

interface Stored {
  readonly tensor: GgufTensor;
  readonly dtype: GgufDtype;
  readonly bytes: number;
}

/** Returns the names of the tensors that are f16 because the length of their rows is no multiple of a block's. */
export async function writeGguf(
  path: string,
  model: GgufModel,
  dtype: GgufDtype,
  about: Metadata,
): Promise<string[]> {
  const stored = model.tensors.map((tensor): Stored => {
    const own = dtypeOf(tensor, dtype);
    const { values, bytes } = LAYOUTS[own];
    return { tensor, dtype: own, bytes: (count(tensor) / values) * bytes };
  });
  const file = await open(path, 'wx');
  try {
    await file.writeFile(header(model, dtype, about, stored));
    for (const { tensor, dtype: own, bytes } of stored) {
      await file.writeFile(bytesOf(await valuesOf(tensor, own), own));
      await file.writeFile(new Uint8Array(padding(bytes)));
    }
  } finally {
    await file.close();
  }
  return stored.filter((one) => one.dtype === 'f16' && dtype !== 'f16').map(({ tensor }) => tensor.name);
}

function dtypeOf({ kind, shape }: GgufTensor, dtype: GgufDtype): GgufDtype {
  if (kind === 'exact') return 'f32';
  const wanted = kind === 'rows' && dtype === 'q4_0' ? 'q8_0' : dtype;
  return shape.at(-1)! % LAYOUTS[wanted].values === 0 ? wanted : 'f16';
}

function header(model: GgufModel, dtype: GgufDtype, about: Metadata, stored: readonly Stored[]): Uint8Array {
  const writer = new ByteWriter();
  const { architecture, metadata } = model;
  const own = Object.entries(metadata).map(([key, value]) => [`${architecture}.${key}`, value] as const);
  const entries = [
    ['general.architecture', text(architecture)] as const,
    ['general.file_type', u32(LAYOUTS[dtype].file)] as const,
    ...(LAYOUTS[dtype].values > 1
      ? [['general.quantization_version', u32(QUANTIZATION_VERSION)] as const]
      : []),
    ...own,
    ...Object.entries(about),
  ];
  writer.u32(MAGIC);
  writer.u32(VERSION);
  writer.u64(stored.length);
  writer.u64(entries.length);
  for (const [key, value] of entries) writer.entry(key, value);
  let offset = 0;
  for (const { tensor, dtype: type, bytes } of stored) {
    if (tensor.name.length > MOST_NAME_BYTES)
      throw new Error(`internal: the name ${tensor.name} is too long`);
    writer.string(tensor.name);
    writer.u32(tensor.shape.length);
    for (const size of tensor.shape.toReversed()) writer.u64(size);
    writer.u32(LAYOUTS[type].type);
    writer.u64(offset);
    offset += bytes + padding(bytes);
  }
  const { bytes } = writer;
  const padded = new Uint8Array(bytes.length + padding(bytes.length));
  padded.set(bytes);
  return padded;
}

async function valuesOf(tensor: GgufTensor, dtype: GgufDtype): Promise<Float32Array> {
  const { name, shape } = tensor;
  const values = await tensor.values();
  if (values.length !== count(tensor))
    throw unexpected(`tensor ${name} of shape [${shape}]`, `${count(tensor)} values`, values.length);
  const { most } = LAYOUTS[dtype];
  const strange = most === Infinity ? undefined : values.find((value) => !(Math.abs(value) <= most));
  if (strange === undefined) return values;
  throw new TsgptError(`tensor ${name} holds ${strange}, which ${dtype} cannot`, 'export it as f32');
}

function count({ shape }: GgufTensor): number {
  return shape.reduce((product, size) => product * size, 1);
}

function padding(bytes: number): number {
  return (ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT;
}
