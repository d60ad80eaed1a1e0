// Numbers read from a position in a file: float32 as it is, F16 and BF16 widened piece by piece.
import { TsgptError } from './errors.ts';
import { type FloatDtype, WIDEN } from './float-dtypes.ts';
import { readable } from './system-error.ts';

/** A file's bytes, from any position on: Node's FileHandle, or `bytesAsFile`. */
export interface RandomAccess {
  /** May read fewer than `length` bytes, and none only at the end. */
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
}

/** How many values of 16 bits are read at once. */
const PIECE = 2 << 20;
/** Node's file system calls read less than 2 GiB at once. */
const READ_BYTES = 1 << 30;

/** The caller has made sure that the file has `count` values: their memory is allocated first. `path` is for errors. */
export async function readFloats(
  file: RandomAccess,
  dtype: FloatDtype,
  position: number,
  count: number,
  path: string,
): Promise<Float32Array> {
  const floats = allocate(count, path);
  if (dtype === 'F32') {
    await readFully(file, new Uint8Array(floats.buffer), position, path);
    return floats;
  }
  for (let at = 0; at < count; at += PIECE) {
    const words = new Uint16Array(Math.min(PIECE, count - at));
    await readFully(file, new Uint8Array(words.buffer), position + at * words.BYTES_PER_ELEMENT, path);
    floats.set(WIDEN[dtype](words), at);
  }
  return floats;
}

export function allocate(count: number, path: string): Float32Array {
  try {
    return new Float32Array(count);
  } catch (error) {
    throw new TsgptError(`${path} has a tensor of ${count} values, which does not fit in memory`, undefined, {
      cause: error,
    });
  }
}

export async function readFully(
  file: RandomAccess,
  bytes: Uint8Array,
  position: number,
  path: string,
): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const length = Math.min(READ_BYTES, bytes.length - at);
    const { bytesRead } = await file.read(bytes, at, length, position + at).catch((error) => {
      throw readable(error, `reading ${path}`);
    });
    if (bytesRead === 0) throw new TsgptError(`${path} became shorter while it was read`);
    at += bytesRead;
  }
}

export function bytesAsFile(bytes: Uint8Array): RandomAccess {
  return {
    async read(into, offset, length, position) {
      const part = bytes.subarray(position, position + length);
      into.set(part, offset);
      return { bytesRead: part.length };
    },
  };
}
