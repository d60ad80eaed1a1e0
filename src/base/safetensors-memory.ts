// Safetensors files held in memory whole, where there is no disk.
import { TsgptError } from './errors.ts';
import { floatDtype, WIDEN } from './float-dtypes.ts';
import {
  formatHeader,
  headerLength,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
} from './safetensors.ts';
import type { FloatTensor } from './safetensors-file.ts';

export interface SafetensorsBytes extends SafetensorsHeader {
  /** A copy of one tensor's values: F32, or F16 and BF16 made so. */
  read(name: string): Float32Array;
}

/** Metadata `{ format: 'pt' }` is what Python's transformers wants. */
export function formatSafetensors(
  tensors: readonly (FloatTensor & { name: string })[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const header = formatHeader(tensors, metadata);
  const bytes = new Uint8Array(tensors.reduce((sum, { data }) => sum + data.byteLength, header.length));
  bytes.set(header);
  let at = header.length;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** `file` is only named in errors. */
export function readSafetensors(bytes: Uint8Array, file: string): SafetensorsBytes {
  const length = headerLength(bytes.subarray(0, LENGTH_BYTES), bytes.length, file);
  const dataStart = LENGTH_BYTES + length;
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart), bytes.length - dataStart, file);
  return {
    ...header,
    read(name) {
      const tensor = header.tensors.get(name);
      if (tensor === undefined) throw new TsgptError(`${file} has no tensor ${name}`);
      const { start, end } = tensor;
      const dtype = floatDtype(tensor.dtype, name, file);
      const copy = new Uint8Array(end - start); // aligned, as the tensors in the file need not be
      copy.set(bytes.subarray(dataStart + start, dataStart + end));
      return dtype === 'F32' ? new Float32Array(copy.buffer) : WIDEN[dtype](new Uint16Array(copy.buffer));
    },
  };
}
