// Protobuf's wire format, read from a file of any size field by field: what nobody asks for is skipped, not loaded.
// The file may be hostile: fields, names and nesting are counted, and lengths checked before anything is read.
import { TsgptError } from '../../base/errors.ts';

export interface Field {
  readonly number: number;
  readonly wire: number;
  /** A varint's value; beyond 2^53 it is not exact. */
  readonly value: number;
  /** The field's bytes lie from here to `end`; the length before them is left out. */
  readonly start: number;
  readonly end: number;
}

/** Exactly `length` bytes, which are there. */
export type ReadAt = (position: number, length: number) => Promise<Uint8Array>;

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];
const LONGEST_VARINT = 10;

const WINDOW_BYTES = 1 << 16;
const MOST_NAME_BYTES = 4096;
/** Many times what the largest GPT-2 has. */
const MOST_FIELDS = 2_000_000;
const MOST_TEXT_BYTES = 64 << 20;

export class WireReader {
  readonly #readAt: ReadAt;
  readonly #size: number;
  readonly #file: string;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;
  /** Behind the varint that was read last. */
  #after = 0;
  #fields = 0;
  #textBytes = 0;

  /** `file` is only named in errors. */
  constructor(readAt: ReadAt, size: number, file: string) {
    this.#readAt = readAt;
    this.#size = size;
    this.#file = file;
  }

  /** The fields of the whole file, or of the message in a field of it. */
  async *fields(message?: Field): AsyncGenerator<Field> {
    const end = message === undefined ? this.#size : this.#bytesOf(message).end;
    for (let at = message?.start ?? 0; at < end; ) {
      const field = await this.#field(at, end);
      yield field;
      at = field.end;
    }
  }

  async #field(at: number, end: number): Promise<Field> {
    this.#fields++;
    if (this.#fields > MOST_FIELDS) throw this.damaged(`it has more than ${MOST_FIELDS} fields`);
    await this.#load(at, Math.min(2 * LONGEST_VARINT, end - at));
    const tag = this.#varint(at, end);
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (number === 0 || tag >= 2 ** 32) throw this.damaged(`there is no field at byte ${at}`);
    let start = this.#after;
    let value = 0;
    let length: number;
    if (wire === VARINT) {
      value = this.#varint(start, end);
      length = this.#after - start;
    } else if (wire === BYTES) {
      length = this.#varint(start, end);
      start = this.#after;
    } else if (wire === FIXED64 || wire === FIXED32) {
      length = wire === FIXED64 ? 8 : 4;
    } else {
      throw this.damaged(`there is no field at byte ${at}`);
    }
    if (length > end - start) {
      throw this.damaged(`a field at byte ${at} claims ${length} bytes, but ${end - start} are left for it`);
    }
    return { number, wire, value, start, end: start + length };
  }

  number(field: Field): number {
    if (field.wire === VARINT) return field.value;
    throw this.damaged(`expected a number at byte ${field.start}`);
  }

  /** A number, or several at once; no more than `most`. */
  async numbers(field: Field, most: number): Promise<number[]> {
    if (field.wire === VARINT) return [field.value];
    const { start, end } = this.#bytesOf(field);
    if (end - start > most * LONGEST_VARINT)
      throw this.damaged(`a list of numbers at byte ${start} is too long`);
    await this.#load(start, end - start);
    const numbers: number[] = [];
    for (let at = start; at < end; at = this.#after) numbers.push(this.#varint(at, end));
    return numbers;
  }

  async text(field: Field): Promise<string> {
    const { start, end } = this.#bytesOf(field);
    const length = end - start;
    if (length > MOST_NAME_BYTES) throw this.damaged(`a name at byte ${start} has ${length} bytes`);
    this.#textBytes += length;
    if (this.#textBytes > MOST_TEXT_BYTES) throw this.damaged('its names are too many and too long');
    await this.#load(start, length);
    const at = start - this.#windowStart;
    return new TextDecoder().decode(this.#window.subarray(at, at + length));
  }

  damaged(why: string): TsgptError {
    return new TsgptError(`${this.#file} is not a whole ONNX file: ${why}`);
  }

  #bytesOf(field: Field): Field {
    if (field.wire === BYTES) return field;
    throw this.damaged(`expected a text, a list or a message at byte ${field.start}`);
  }

  /** Sees to it that the window has these bytes, fewer than its own. */
  async #load(at: number, length: number): Promise<void> {
    const isThere = at >= this.#windowStart && at + length <= this.#windowStart + this.#window.length;
    if (isThere) return;
    this.#window = await this.#readAt(at, Math.min(WINDOW_BYTES, this.#size - at));
    this.#windowStart = at;
  }

  /** Seven bits a byte, the lowest first; the highest bit says that there are more. The window must have it. */
  #varint(at: number, end: number): number {
    let value = 0;
    for (let i = 0; i < LONGEST_VARINT && at + i < end; i++) {
      const byte = this.#window[at + i - this.#windowStart]!;
      value += (byte & 127) * 128 ** i;
      if (byte < 128) {
        this.#after = at + i + 1;
        return value;
      }
    }
    throw this.damaged(`the number at byte ${at} does not end`);
  }
}
