// Zip archives in memory: written with every file stored as it is, read stored or deflated (no zip64, no encryption).
// What is read may be hostile: every place in it is checked, and nothing is unpacked beyond the size it claims.
import { TsgptError } from './errors.ts';

export interface ZipEntry {
  readonly name: string;
  /** The size in bytes after unpacking. */
  readonly size: number;
  readonly crc: number;
  readonly deflated: boolean;
  /** The bytes in the archive, which are deflated or not. */
  readonly data: Uint8Array;
}

const LOCAL = { signature: 0x04034b50, bytes: 30 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const END = { signature: 0x06054b50, bytes: 22 };
const MOST_COMMENT = 0xffff;
const VERSION = 20;
const UTF8 = 0x0800;
const ENCRYPTED = 1;
/** Every file is dated 1980-01-01, so that equal files make equal archives. */
const DATE = 0x0021;
const ZIP64 = 0xffffffff;

/** Returns the archive in pieces, for a Blob, without copying the files. They must be smaller than 4 GiB together. */
export function zipPieces(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): Uint8Array<ArrayBuffer>[] {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  for (const [name, data] of files) {
    const nameBytes = new TextEncoder().encode(name);
    const about = [VERSION, UTF8, 0, 0, DATE] as const;
    const sizes = [crc32(data), data.length, data.length] as const;
    const local = record(LOCAL.signature, about, sizes, [nameBytes.length, 0], []);
    directory.push(
      record(
        CENTRAL.signature,
        [VERSION, ...about],
        sizes,
        [nameBytes.length, 0, 0, 0, 0],
        [0, at],
        nameBytes,
      ),
    );
    pieces.push(local, nameBytes, data);
    at += local.length + nameBytes.length + data.length;
  }
  const directoryBytes = directory.reduce((sum, { length }) => sum + length, 0);
  if (at + directoryBytes >= ZIP64) throw new TsgptError('a zip archive of 4 GiB and more cannot be written');
  const end = record(END.signature, [0, 0, files.size, files.size], [directoryBytes, at], [0], []);
  return [...pieces, ...directory, end];
}

/** Formats one record: a signature, then numbers of 2, 4, 2 and 4 bytes, then a text. */
function record(
  signature: number,
  words: readonly number[],
  longs: readonly number[],
  moreWords: readonly number[],
  moreLongs: readonly number[],
  text = new Uint8Array(0),
): Uint8Array<ArrayBuffer> {
  const fixed = 4 + 2 * (words.length + moreWords.length) + 4 * (longs.length + moreLongs.length);
  const bytes = new Uint8Array(fixed + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, signature, true);
  let at = 4;
  const put = (values: readonly number[], width: 2 | 4) => {
    for (const value of values) {
      if (width === 2) view.setUint16(at, value, true);
      else view.setUint32(at, value, true);
      at += width;
    }
  };
  put(words, 2);
  put(longs, 4);
  put(moreWords, 2);
  put(moreLongs, 4);
  bytes.set(text, at);
  return bytes;
}

/** Returns the files in the archive's order, without folders. `name` is what errors call the archive. */
export function zipEntries(archive: Uint8Array, name: string): ZipEntry[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.length);
  const end = endOfDirectory(view);
  if (end === undefined) throw new TsgptError(`${name} is not a zip archive, or the end of it is missing`);
  const entries: ZipEntry[] = [];
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < count; i++) {
    checkRecord(view, at, CENTRAL, name);
    const nameLength = view.getUint16(at + 28, true);
    const entryName = new TextDecoder().decode(
      archive.subarray(at + CENTRAL.bytes, at + CENTRAL.bytes + nameLength),
    );
    if (!entryName.endsWith('/')) entries.push(entryAt(archive, view, at, entryName, name));
    at += CENTRAL.bytes + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

/** Finds the end record, which only a comment may follow. */
function endOfDirectory(view: DataView): number | undefined {
  const last = view.byteLength - END.bytes;
  for (let at = last; at >= Math.max(0, last - MOST_COMMENT); at--)
    if (view.getUint32(at, true) === END.signature) return at;
  return undefined;
}

function entryAt(archive: Uint8Array, view: DataView, at: number, entryName: string, name: string): ZipEntry {
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  const [packed, size] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
  const local = view.getUint32(at + 42, true);
  if (flags & ENCRYPTED) throw new TsgptError(`${entryName} in ${name} is encrypted`);
  if (method !== 0 && method !== 8)
    throw new TsgptError(
      `${entryName} in ${name} is packed in a way that tsgpt does not know (method ${method})`,
    );
  if ([packed, size, local].includes(ZIP64))
    throw new TsgptError(`${name} is a zip64 archive, of 4 GiB or more`);
  checkRecord(view, local, LOCAL, name);
  const start = local + LOCAL.bytes + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const deflated = method === 8;
  if (start + packed > archive.length || (!deflated && packed !== size)) throw damaged(name, entryName);
  const data = archive.subarray(start, start + packed);
  return { name: entryName, size, crc: view.getUint32(at + 16, true), deflated, data };
}

function checkRecord(view: DataView, at: number, { signature, bytes }: typeof LOCAL, name: string): void {
  if (at + bytes > view.byteLength || view.getUint32(at, true) !== signature) throw damaged(name);
}

/** Returns the entry's bytes; those of a stored file are a view into the archive. */
export async function unpack(entry: ZipEntry, name: string): Promise<Uint8Array> {
  const bytes = entry.deflated ? await inflate(entry, name) : entry.data;
  if (crc32(bytes) !== entry.crc) throw damaged(name, entry.name);
  return bytes;
}

async function inflate(entry: ZipEntry, name: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(entry.size);
  let filled = 0;
  try {
    const packed = new Blob([entry.data.slice()]).stream();
    for await (const piece of iterate(packed.pipeThrough(new DecompressionStream('deflate-raw')))) {
      if (filled + piece.length > bytes.length) throw damaged(name, entry.name);
      bytes.set(piece, filled);
      filled += piece.length;
    }
  } catch (error) {
    throw error instanceof TsgptError ? error : damaged(name, entry.name, { cause: error });
  }
  if (filled < bytes.length) throw damaged(name, entry.name);
  return bytes;
}

/** Not every browser has an async iterator on its streams. */
async function* iterate(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}

function damaged(name: string, entry?: string, options?: ErrorOptions): TsgptError {
  return new TsgptError(
    `${name} is a damaged zip archive${entry ? `: at ${entry}` : ''}`,
    'get it once more',
    options,
  );
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
