// The pool of memory for tensors. Memory is reused, since the page faults of fresh memory cost more than most ops do.

/** A part of a buffer, or all of it, aligned to 64 bytes. */
export interface Region {
  /** It may change: growth replaces the buffer of a WebAssembly memory, and views of the old one become empty. */
  readonly buffer: ArrayBufferLike;
  readonly offset: number;
  readonly bytes: number;
}

/** Allocates regions. */
export interface MemorySource {
  /** Tensors of fewer bytes are put into ordinary ArrayBuffers. It must be 0 where ops can write to this memory alone. */
  readonly least: number;
  allocate(bytes: number): Region;
  release(region: Region): void;
}

interface Idle {
  region: Region;
  /** How many regions had been given back before it. */
  since: number;
}

/** Lent and idle together may exceed the most that was ever lent at once by a quarter, and by this. */
const SPARE_BYTES = 64 * 2 ** 20;
/** A request takes an idle region of at most this many times its size. */
const MOST_WASTE = 2;

export class Pool {
  /** Weak, so that the garbage collector frees a region that became unreachable without being given back. */
  readonly #lent = new WeakSet<Region>();
  /** The idle regions of each size; the last one given back is at the end. */
  readonly #idle = new Map<number, Idle[]>();
  readonly #source: MemorySource;
  #givenBack = 0;
  #mostLent = 0;
  lentBytes = 0;
  idleBytes = 0;

  constructor(source: MemorySource) {
    this.#source = source;
  }

  /** Gives at least `bytes` of memory, which may hold anything. */
  take(bytes: number): Region {
    const size = roundUp(bytes);
    const region = this.#reuse(size) ?? this.#allocate(size);
    this.#lent.add(region);
    this.lentBytes += region.bytes;
    this.#mostLent = Math.max(this.#mostLent, this.lentBytes);
    return region;
  }

  /** Does nothing if the region was handed out. */
  giveBack(region: Region): void {
    if (!this.#forget(region)) return;
    const idle = this.#idle.get(region.bytes);
    const entry = { region, since: this.#givenBack++ };
    if (idle) idle.push(entry);
    else this.#idle.set(region.bytes, [entry]);
    this.idleBytes += region.bytes;
  }

  /**
   * Gives the region away for good, and returns true, if it is a whole buffer: the garbage collector will free it. A part
   * of a buffer cannot be given away.
   */
  handOut(region: Region): boolean {
    if (region.bytes !== region.buffer.byteLength) return false;
    this.#forget(region);
    return true;
  }

  /** Returns whether the region was lent until now. */
  #forget(region: Region): boolean {
    const wasLent = this.#lent.delete(region);
    if (wasLent) this.lentBytes -= region.bytes;
    return wasLent;
  }

  /** The region of that size that was given back last, or else of the next larger size that is idle. */
  #reuse(size: number): Region | undefined {
    for (let near = size; near <= MOST_WASTE * size; near = roundUp(near + 1)) {
      const region = this.#idle.get(near)?.pop()?.region;
      if (region === undefined) continue;
      this.idleBytes -= near;
      return region;
    }
    return undefined;
  }

  #allocate(size: number): Region {
    const most = 1.25 * Math.max(this.#mostLent, this.lentBytes + size) + SPARE_BYTES;
    while (this.idleBytes > 0 && this.lentBytes + this.idleBytes + size > most) this.#releaseOldest();
    return this.#source.allocate(size);
  }

  #releaseOldest(): void {
    const lists = [...this.#idle.values()].filter((idle) => idle.length > 0);
    const oldest = lists.reduce((a, b) => (a[0]!.since < b[0]!.since ? a : b));
    const { region } = oldest.shift()!;
    this.idleBytes -= region.bytes;
    this.#source.release(region);
  }
}

/** Rounds to one of eight sizes between powers of two, so that tensors of nearly one size reuse one another's memory. */
function roundUp(bytes: number): number {
  const step = Math.max(64, 2 ** (Math.floor(Math.log2(Math.max(1, bytes))) - 3));
  return Math.ceil(Math.max(1, bytes) / step) * step;
}
