// Token files: little-endian uint16 or uint32 and no header, the layout of nanoGPT's .bin files. They are never held
// whole in memory.
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { TsgptError } from '../base/errors.ts';
import { readable } from '../base/system-error.ts';
import { BYTES_PER_TOKEN, dtypeFor, type TokenDtype } from './meta.ts';
import { checkRange, type TokenSink, type Tokens } from './tokens.ts';

const BUFFER_BYTES = 2 ** 16;

/** Marks of tokens, which are 0 or 1, take a byte. */
type Dtype = TokenDtype | 'uint8';
const WIDTH: Readonly<Record<Dtype, number>> = { uint8: 1, ...BYTES_PER_TOKEN };

export class TokenWriter implements TokenSink {
  tokens = 0;
  readonly #vocabSize: number;
  readonly #dtype: Dtype;
  readonly #file: number;
  readonly #hash = createHash('sha256');
  readonly #buffer = new DataView(new ArrayBuffer(BUFFER_BYTES));
  #filled = 0;

  constructor(path: string, vocabSize: number, dtype: Dtype = dtypeFor(vocabSize)) {
    this.#vocabSize = vocabSize;
    this.#dtype = dtype;
    this.#file = openSync(path, 'w');
  }

  append(ids: ArrayLike<number>): void {
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (id >= this.#vocabSize) {
        throw new Error(`internal: token id ${id} in a vocabulary of ${this.#vocabSize}`);
      }
      if (this.#dtype === 'uint8') this.#buffer.setUint8(this.#filled, id);
      else if (this.#dtype === 'uint16') this.#buffer.setUint16(this.#filled, id, true);
      else this.#buffer.setUint32(this.#filled, id, true);
      this.#filled += WIDTH[this.#dtype];
      if (this.#filled === BUFFER_BYTES) this.#flush();
    }
    this.tokens += ids.length;
  }

  /** Writes what another program's file has before its tokens. */
  begin(header: Uint8Array): void {
    new Uint8Array(this.#buffer.buffer).set(header);
    this.#filled = header.length;
  }

  /** Writes the rest, and returns the SHA-256 of the whole file. */
  finish(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  close(): void {
    closeSync(this.#file);
  }

  #flush(): void {
    const bytes = new Uint8Array(this.#buffer.buffer, 0, this.#filled);
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#filled = 0;
  }
}

/** What is read passes through here, one file after the other: thousands are opened, and none is read while another is. */
const memory = new Uint8Array(BUFFER_BYTES);
const buffer = new DataView(memory.buffer);
const AT: Readonly<Record<Dtype, (i: number) => number>> = {
  uint8: (i) => buffer.getUint8(i),
  uint16: (i) => buffer.getUint16(2 * i, true),
  uint32: (i) => buffer.getUint32(4 * i, true),
};

export interface TokenFile extends Tokens {
  close(): void;
}

/** `skip` is how many bytes there are before the tokens. */
export function openTokenFile(path: string, dtype: Dtype, endOfText?: number, skip = 0): TokenFile {
  const width = WIDTH[dtype];
  const file = openToRead(path);
  const length = Math.floor((fstatSync(file).size - skip) / width);
  const at = AT[dtype];

  /** Fills the buffer with `bytes` bytes from `position`. */
  function fill(position: number, bytes: number): void {
    for (let got = 0; got < bytes; ) {
      const more = readSync(file, memory, got, bytes - got, position + got);
      if (more === 0) throw new TsgptError(`${path} became shorter while it was read`, 'prepare it again');
      got += more;
    }
  }

  return {
    length,
    endOfText,
    read(start, count) {
      checkRange(length, start, count);
      const ids = new Int32Array(count);
      const most = BUFFER_BYTES / width;
      for (let done = 0; done < count; done += most) {
        const part = Math.min(most, count - done);
        fill(skip + (start + done) * width, part * width);
        for (let i = 0; i < part; i++) ids[done + i] = at(i);
      }
      return ids;
    },
    close: () => closeSync(file),
  };
}

function openToRead(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw readable(error, `reading ${path}`);
  }
}
