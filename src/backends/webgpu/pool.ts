// A pool of GPU buffers in place of tfjs's. That one hands out the buffer that came back last, so a training step gets other
// buffers than the step before. This one hands out the oldest: the same requests get the same buffers, and bind groups are
// found in their cache.

interface Pooled {
  buffer: GPUBuffer;
  /** Buffers are numbered as they are created: the oldest has the smallest. */
  id: number;
  key: number;
  size: number;
}

export class BufferPool {
  numBytesUsed = 0;
  numBytesAllocated = 0;
  readonly #device: GPUDevice;
  readonly #used = new Map<GPUBuffer, Pooled>();
  /** Free buffers by size and usage; the oldest of each kind is the last. */
  readonly #free = new Map<number, Pooled[]>();
  #made = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  acquireBuffer(size: number, usage: number, mappedAtCreation = false, reuse = true): GPUBuffer {
    const key = size * 1024 + usage; // usage has ten flags
    const pooled = (reuse && this.#free.get(key)?.pop()) || this.#create(size, usage, mappedAtCreation);
    this.#used.set(pooled.buffer, pooled);
    this.numBytesUsed += size;
    return pooled.buffer;
  }

  /** With `reuse` the buffer goes back to the pool, else it is destroyed. */
  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    const pooled = this.#used.get(buffer);
    if (pooled === undefined) return; // the backend was disposed, and all its buffers with it
    this.#used.delete(buffer);
    this.numBytesUsed -= pooled.size;
    if (reuse) this.#keep(pooled);
    else {
      buffer.destroy();
      this.numBytesAllocated -= pooled.size;
    }
  }

  /** Destroys all free buffers. Commands that use them must have been submitted. */
  freeUnused(): void {
    for (const { buffer, size } of [...this.#free.values()].flat()) {
      buffer.destroy();
      this.numBytesAllocated -= size;
    }
    this.#free.clear();
  }

  getNumUsedBuffers(): number {
    return this.#used.size;
  }

  getNumFreeBuffers(): number {
    return [...this.#free.values()].reduce((sum, { length }) => sum + length, 0);
  }

  dispose(): void {
    this.freeUnused();
    for (const buffer of this.#used.keys()) buffer.destroy();
    this.#used.clear();
    this.numBytesUsed = 0;
    this.numBytesAllocated = 0;
  }

  #create(size: number, usage: number, mappedAtCreation: boolean): Pooled {
    const buffer = this.#device.createBuffer({ size, usage, mappedAtCreation });
    this.numBytesAllocated += size;
    return { buffer, id: this.#made++, key: size * 1024 + usage, size };
  }

  #keep(pooled: Pooled): void {
    const free = this.#free.get(pooled.key);
    if (free === undefined) this.#free.set(pooled.key, [pooled]);
    else {
      let at = free.length;
      while (at > 0 && free[at - 1]!.id < pooled.id) at--;
      free.splice(at, 0, pooled);
    }
  }
}
