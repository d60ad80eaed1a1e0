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

/** Idle memory may be this much, or a quarter of what is lent. */
const IDLE_BYTES = 64 * 2 ** 20;

export class Pool {
  /** Weak: what nobody can reach any more was never given back, and is the garbage collector's. */
  readonly #lent = new WeakSet<ArrayBufferLike>();
  /** By size; the last given back is at the end. */
  readonly #idle = new Map<number, Idle[]>();
  readonly #source: MemorySource;
  #givenBack = 0;
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
    this.lentBytes += size;
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

  #reuse(size: number): ArrayBuffer | undefined {
    const buffer = this.#idle.get(size)?.pop()?.buffer;
    if (buffer) this.idleBytes -= size;
    return buffer;
  }

  #allocate(size: number): ArrayBuffer {
    const most = Math.max(IDLE_BYTES, this.lentBytes / 4);
    while (this.idleBytes > most) this.#releaseOldest();
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
