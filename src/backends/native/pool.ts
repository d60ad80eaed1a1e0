// Memory for outputs, lent again and again: touching fresh memory costs more than most ops do.

/** Where new memory comes from, and where it goes. */
export interface MemorySource {
  allocate(bytes: number): ArrayBuffer;
  release(buffer: ArrayBuffer): void;
}

interface Idle {
  buffer: ArrayBuffer;
  /** Counts what was given back before it. */
  since: number;
}

/** Lent and idle together may be more than the most that was ever lent at once: by a quarter, and by this. */
const SPARE_BYTES = 64 * 2 ** 20;
/** A request takes an idle buffer of at most so many times its size. */
const MOST_WASTE = 2;

export class Pool {
  /** Weak: what nobody can reach any more was never given back, and is the garbage collector's. */
  readonly #lent = new WeakSet<ArrayBufferLike>();
  /** By size; the last given back is at the end. */
  readonly #idle = new Map<number, Idle[]>();
  readonly #source: MemorySource;
  #givenBack = 0;
  #mostLent = 0;
  lentBytes = 0;
  idleBytes = 0;

  constructor(source: MemorySource) {
    this.#source = source;
  }

  /** At least `bytes` of memory, with anything in it. */
  take(bytes: number): ArrayBuffer {
    const size = roundUp(bytes);
    const buffer = this.#reuse(size) ?? this.#allocate(size);
    this.#lent.add(buffer);
    this.lentBytes += buffer.byteLength;
    this.#mostLent = Math.max(this.#mostLent, this.lentBytes);
    return buffer;
  }

  giveBack(buffer: ArrayBuffer): void {
    const size = buffer.byteLength;
    const idle = this.#idle.get(size);
    const entry = { buffer, since: this.#givenBack++ };
    if (idle) idle.push(entry);
    else this.#idle.set(size, [entry]);
    this.idleBytes += size;
    this.disown(buffer);
  }

  /** Someone else holds it now: it will not be lent again. */
  disown(buffer: ArrayBufferLike): void {
    if (this.#lent.delete(buffer)) this.lentBytes -= buffer.byteLength;
  }

  /** Whether it is lent at the moment. */
  owns(buffer: ArrayBufferLike): buffer is ArrayBuffer {
    return this.#lent.has(buffer);
  }

  /** The last given back of that size, or else of the next size above that is idle. */
  #reuse(size: number): ArrayBuffer | undefined {
    for (let near = size; near <= MOST_WASTE * size; near = roundUp(near + 1)) {
      const buffer = this.#idle.get(near)?.pop()?.buffer;
      if (buffer === undefined) continue;
      this.idleBytes -= near;
      return buffer;
    }
    return undefined;
  }

  #allocate(size: number): ArrayBuffer {
    const most = 1.25 * Math.max(this.#mostLent, this.lentBytes + size) + SPARE_BYTES;
    while (this.idleBytes > 0 && this.lentBytes + this.idleBytes + size > most) this.#releaseOldest();
    return this.#source.allocate(size);
  }

  #releaseOldest(): void {
    const lists = [...this.#idle.values()].filter((idle) => idle.length > 0);
    const oldest = lists.reduce((a, b) => (a[0]!.since < b[0]!.since ? a : b));
    const { buffer } = oldest.shift()!;
    this.idleBytes -= buffer.byteLength;
    this.#source.release(buffer);
  }
}

/** To one of eight sizes between powers of two, so that tensors of nearly one size share memory; at most an eighth is wasted. */
function roundUp(bytes: number): number {
  const step = Math.max(64, 2 ** (Math.floor(Math.log2(bytes)) - 3));
  return Math.ceil(bytes / step) * step;
}
