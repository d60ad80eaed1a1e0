// The keys and values at the head of a GGUF file, and the writer of their bytes. Little-endian.
export type MetadataValue =
  | { readonly type: 'u32' | 'i32' | 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'i32s'; readonly value: readonly number[] }
  | { readonly type: 'f32s'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] };

export type Metadata = Readonly<Record<string, MetadataValue>>;

export const u32 = (value: number): MetadataValue => ({ type: 'u32', value });
export const f32 = (value: number): MetadataValue => ({ type: 'f32', value });
export const bool = (value: boolean): MetadataValue => ({ type: 'bool', value });
export const text = (value: string): MetadataValue => ({ type: 'string', value });

const TYPE = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;
const ELEMENT = { i32s: 'i32', f32s: 'f32', strings: 'string' } as const;

/** Grows as it is written to. */
export class ByteWriter {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  u32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
  }

  u64(value: number): void {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, BigInt(value), true);
  }

  string(value: string): void {
    const encoded = new TextEncoder().encode(value);
    this.u64(encoded.length);
    const at = this.#grow(encoded.length);
    this.#bytes.set(encoded, at);
  }

  entry(key: string, entry: MetadataValue): void {
    this.string(key);
    if (entry.type === 'i32s' || entry.type === 'f32s' || entry.type === 'strings') {
      const each = ELEMENT[entry.type];
      this.u32(TYPE.array);
      this.u32(TYPE[each]);
      this.u64(entry.value.length);
      for (const value of entry.value) this.#value(each, value);
      return;
    }
    this.u32(TYPE[entry.type]);
    this.#value(entry.type, entry.value);
  }

  #value(type: Exclude<keyof typeof TYPE, 'array'>, value: number | boolean | string): void {
    if (type === 'string') this.string(String(value));
    else if (type === 'u32') this.u32(Number(value));
    else this.#number(type, Number(value));
  }

  #number(type: 'i32' | 'f32' | 'bool', value: number): void {
    const at = this.#grow(type === 'bool' ? 1 : 4);
    if (type === 'i32') this.#view.setInt32(at, value, true);
    else if (type === 'f32') this.#view.setFloat32(at, value, true);
    else this.#view.setUint8(at, value);
  }

  /** Returns where the new bytes begin; there may then be other ones, and another view. */
  #grow(by: number): number {
    const at = this.#length;
    this.#length += by;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
