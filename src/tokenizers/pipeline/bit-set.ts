// A set of whole numbers, which may be beyond 32 bits.
export class BitSet {
  readonly #bytes: Uint8Array;

  /** Of the numbers below `size`. */
  constructor(size: number) {
    this.#bytes = new Uint8Array(Math.ceil(size / 8));
  }

  /** Returns whether the number is new. */
  add(bit: number): boolean {
    const [at, mask] = [Math.floor(bit / 8), 1 << (bit % 8)];
    if (this.#bytes[at]! & mask) return false;
    this.#bytes[at]! |= mask;
    return true;
  }

  remove(bit: number): void {
    this.#bytes[Math.floor(bit / 8)]! &= ~(1 << (bit % 8));
  }
}
