// Files that are compressed with gzip (.gz) or Zstandard (.zst), in one member or several: what they hold is read as a stream.
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, TsgptError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';

const CHUNK_BYTES = 2 ** 18;
/** So much is unpacked at once: Zstandard may make 32,000 times as much of it, which is held in memory. */
const ZSTD_BYTES = 2 ** 11;

/** The extension in lower case, that of the compression left out: .jsonl for a.jsonl.gz. */
export function extensionOf(file: string): string {
  const last = extname(file).toLowerCase();
  return compressionOf(file) ? extname(file.slice(0, -last.length)).toLowerCase() : last;
}

export function compressionOf(file: string): '.gz' | '.zst' | undefined {
  const last = extname(file).toLowerCase();
  return last === '.gz' || last === '.zst' ? last : undefined;
}

/** The bytes of a file as they were before it was compressed. An error names the file, and says how far it could be read. */
export async function* unpackedBytes(file: string): AsyncGenerator<Uint8Array> {
  const packed = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const compression = compressionOf(file);
  let bytes = 0;
  try {
    for await (const chunk of compression === '.zst'
      ? unzstd(packed)
      : compression === '.gz'
        ? pipeline(packed, createGunzip({ chunkSize: CHUNK_BYTES }), () => {}) // the error is thrown to the reader, too
        : packed) {
      bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    const place = compression === undefined ? '' : `, after ${formatCount(bytes)} bytes of what it holds`;
    throw new TsgptError(`cannot read ${file}: ${messageOf(error)}${place}`, undefined, { cause: error });
  }
}

async function* unzstd(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import('fzstd');
  const unpacked: Uint8Array[] = [];
  const stream = new Decompress((chunk) => unpacked.push(chunk.slice())); // it writes over its memory
  for await (const chunk of packed) {
    for (let at = 0; at < chunk.length; at += ZSTD_BYTES) {
      stream.push(chunk.subarray(at, at + ZSTD_BYTES));
      yield* unpacked.splice(0);
    }
  }
  stream.push(new Uint8Array(0), true);
  yield* unpacked;
}
