// Counts the GPU memory that a device's buffers take, and tries whether more would fit. Buffers that the CPU can map are not
// counted: they are short-lived, and on most GPUs they are in the machine's main memory.

/** Memory is tried in pieces of this size: a GPU that has no single free block as large as all may have it in parts. */
const PIECE = 2 ** 28;

export class BufferTally {
  peakBytes = 0;
  #bytes = 0;
  readonly #device: GPUDevice;

  /** Counts the buffers that the device creates from now on. */
  constructor(device: GPUDevice) {
    this.#device = device;
    const create = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => this.#counted(create(descriptor));
  }

  /** Whether the GPU has so many bytes in all, those held now included. WebGPU does not say, so they are allocated once. */
  async fits(bytes: number): Promise<boolean> {
    const device = this.#device;
    const { peakBytes } = this;
    const piece = Math.min(PIECE, device.limits.maxBufferSize);
    const tried: GPUBuffer[] = [];
    let isEnough = true;
    for (let left = bytes - this.#bytes; left > 0 && isEnough; left -= piece) {
      const size = 4 * Math.ceil(Math.min(left, piece) / 4);
      device.pushErrorScope('out-of-memory');
      tried.push(device.createBuffer({ size, usage: GPUBufferUsage.STORAGE }));
      isEnough = (await device.popErrorScope()) === null;
    }
    for (const buffer of tried) buffer.destroy();
    this.peakBytes = peakBytes;
    device.queue.submit([]); // their memory is given back at the next submission
    await device.queue.onSubmittedWorkDone();
    return isEnough;
  }

  #counted(buffer: GPUBuffer): GPUBuffer {
    if (buffer.usage & (GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE)) return buffer;
    this.#bytes += buffer.size;
    this.peakBytes = Math.max(this.peakBytes, this.#bytes);
    const destroy = buffer.destroy.bind(buffer);
    let isHeld = true;
    buffer.destroy = () => {
      if (isHeld) this.#bytes -= buffer.size;
      isHeld = false;
      return destroy();
    };
    return buffer;
  }
}
