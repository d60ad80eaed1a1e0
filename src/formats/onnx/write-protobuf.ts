// Protobuf messages as they are written: fields one after another, each with its number.
// Large contents are only promised: their length is known, their bytes are made when they are written.

export interface LaterBytes {
  readonly length: number;
  make(): Uint8Array;
}

export type Content = Uint8Array | LaterBytes;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const encoder = new TextEncoder();

export class Message {
  readonly contents: Content[] = [];
  length = 0;

  int(field: number, value: number): this {
    return this.#append(tag(field, VARINT), varint(value));
  }

  float(field: number, value: number): this {
    return this.#append(tag(field, FIXED32), new Uint8Array(new Float32Array([value]).buffer));
  }

  text(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  ints(field: number, values: readonly number[]): this {
    for (const value of values) this.int(field, value);
    return this;
  }

  bytes(field: number, content: Content): this {
    return this.#append(tag(field, LENGTH_DELIMITED), varint(content.length), content);
  }

  message(field: number, { length, contents }: Message): this {
    return this.#append(tag(field, LENGTH_DELIMITED), varint(length), ...contents);
  }

  #append(...contents: Content[]): this {
    for (const content of contents) {
      this.contents.push(content);
      this.length += content.length;
    }
    return this;
  }
}

function tag(field: number, wireType: number): Uint8Array {
  return varint(field * 8 + wireType);
}

/** Seven bits a byte, the lowest first; a negative number as its 64-bit two's complement. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
