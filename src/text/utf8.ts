// Decodes UTF-8 strictly: a byte that is not UTF-8 text is an error that says where it is, never a silent "�".

import { TsgptError } from '../base/errors.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `name` is what errors call the input. A byte-order mark at the start is dropped. */
export async function* decodeUtf8(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
): AsyncGenerator<string> {
  let offset = 0; // of the first byte not yet decoded
  let carried: Uint8Array = new Uint8Array(0); // the start of a character whose end is in the next chunk
  for await (const chunk of chunks) {
    let bytes = carried.length === 0 ? chunk : joined(carried, chunk);
    if (offset === 0) {
      refuseUtf16(bytes, name);
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
        bytes = bytes.subarray(3);
        offset = 3;
      }
    }
    const zero = bytes.indexOf(0);
    if (zero >= 0) throw binary(name, offset + zero);
    const whole = bytes.subarray(0, bytes.length - unfinishedTail(bytes));
    yield decode(whole, name, offset);
    offset += whole.length;
    carried = bytes.subarray(whole.length).slice();
  }
  if (carried.length > 0) throw invalid(name, offset, carried[0]!);
}

/** The number of bytes that the text takes as UTF-8; a lone surrogate becomes U+FFFD, which takes three. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (code >= 0x10000) i++; // two units
  }
  return bytes;
}

function decode(bytes: Uint8Array, name: string, offset: number): string {
  try {
    return decoder.decode(bytes);
  } catch {
    const at = firstBadByte(bytes);
    throw invalid(name, offset + at, bytes[at]!);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** The number of bytes in the character that this byte begins; 0 if no character begins with it. */
function characterLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** How many bytes at the end begin a character that is not complete yet. */
function unfinishedTail(bytes: Uint8Array): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const byte = bytes[bytes.length - length]!;
    if (byte < 0x80 || byte >= 0xc0) return characterLength(byte) > length ? length : 0;
  }
  return 0;
}

/** The index at which the first character that does not decode begins; the bytes must hold one. */
function firstBadByte(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes[at]!);
    if (length === 0) return at;
    try {
      if (length > 1) decoder.decode(bytes.subarray(at, at + length));
    } catch {
      return at;
    }
    at += length;
  }
  return bytes.length;
}

function refuseUtf16(bytes: Uint8Array, name: string): void {
  const [a, b] = bytes;
  if (!((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))) return;
  throw new TsgptError(`${name} is UTF-16, but tsgpt reads UTF-8`, convertFrom('UTF-16'));
}

function invalid(name: string, offset: number, byte: number): TsgptError {
  const hex = byte.toString(16).padStart(2, '0');
  return new TsgptError(
    `${name} is not UTF-8: byte 0x${hex} at offset ${offset}`,
    convertFrom('WINDOWS-1252'),
  );
}

function binary(name: string, offset: number): TsgptError {
  return new TsgptError(
    `${name} is not text: it has a zero byte at offset ${offset}`,
    `expected UTF-8; if it is UTF-16, ${convertFrom('UTF-16LE')}`,
  );
}

function convertFrom(encoding: string): string {
  return `convert it: iconv -f ${encoding} -t UTF-8 old.txt > new.txt (iconv -l lists other encodings)`;
}
