// Measures how busy the GPU is: every compute pass writes timestamps of its beginning and end, which are read back later,
// so that nothing waits for them.

/** A frame holds the timestamps of so many passes. It is read back when half full: the rest is for passes in between. */
const PASSES = 64;
/** At most so many frames are in use, which is enough for a step's passes. A pass that finds no free frame is not measured. */
const FRAMES = 16;
const BYTES = 2 * PASSES * BigUint64Array.BYTES_PER_ELEMENT;

interface Frame {
  times: GPUQuerySet;
  resolved: GPUBuffer;
  readable: GPUBuffer;
  passes: number;
  /** For each pass, whether the pass before it was measured too, so that the time between them counts. */
  follows: boolean[];
}

export class GpuClock {
  readonly #device: GPUDevice;
  #time = new BusyTime();
  readonly #unused: Frame[] = [];
  #made = 0;
  #isOn = false;
  #frame: Frame | undefined;
  #follows = false;
  /** Resolves when all frames so far have been read; they are read in order. */
  #reading: Promise<void> = Promise.resolve();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Switches the measurement on or off. Time while it is off counts neither as busy nor as idle. */
  set isOn(on: boolean) {
    this.#isOn = on;
    this.#follows = false;
  }

  /** The descriptor to begin the next pass with. */
  passDescriptor(): GPUComputePassDescriptor {
    if (!this.#isOn || !this.#device.features.has('timestamp-query')) return {};
    this.#frame ??= this.#newFrame();
    const frame = this.#frame;
    if (frame === undefined || frame.passes === PASSES) {
      this.#follows = false;
      return {};
    }
    const first = 2 * frame.passes++;
    frame.follows.push(this.#follows);
    this.#follows = true;
    return {
      timestampWrites: {
        querySet: frame.times,
        beginningOfPassWriteIndex: first,
        endOfPassWriteIndex: first + 1,
      },
    };
  }

  /** Adds the commands that copy the timestamps; the function it returns reads them, once the commands are submitted. */
  resolve(encoder: GPUCommandEncoder, all: boolean): () => void {
    const frame = this.#frame;
    if (frame === undefined || (!all && frame.passes < PASSES / 2)) return () => {};
    this.#frame = undefined;
    encoder.resolveQuerySet(frame.times, 0, 2 * frame.passes, frame.resolved, 0);
    encoder.copyBufferToBuffer(frame.resolved, 0, frame.readable, 0, BYTES);
    return () => {
      const mapped = frame.readable.mapAsync(GPUMapMode.READ);
      this.#reading = Promise.all([this.#reading, mapped]).then(
        () => this.#read(frame),
        () => {}, // the device was lost: DeviceWatch reports it
      );
    };
  }

  /** The share of the time measured since the last call in which no pass ran; null if nothing was measured. */
  async idle(): Promise<number | null> {
    await this.#reading;
    const time = this.#time;
    this.#time = new BusyTime();
    return time.idle();
  }

  #read(frame: Frame): void {
    const times = new BigUint64Array(frame.readable.getMappedRange());
    for (const [i, follows] of frame.follows.entries())
      this.#time.add(times[2 * i]!, times[2 * i + 1]!, follows);
    frame.readable.unmap();
    frame.passes = 0;
    frame.follows = [];
    this.#unused.push(frame);
  }

  #newFrame(): Frame | undefined {
    const unused = this.#unused.pop();
    if (unused || this.#made === FRAMES) return unused;
    this.#made++;
    const device = this.#device;
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    return {
      times: device.createQuerySet({ type: 'timestamp', count: 2 * PASSES }),
      resolved: device.createBuffer({ size: BYTES, usage: QUERY_RESOLVE | COPY_SRC }),
      readable: device.createBuffer({ size: BYTES, usage: COPY_DST | MAP_READ }),
      passes: 0,
      follows: [],
    };
  }
}

/** Adds up the time of passes, in nanoseconds, and the time between passes that follow each other. Passes may overlap. */
export class BusyTime {
  #busy = 0n;
  #all = 0n;
  #end = 0n;

  /** With `follows` the time since the end of the pass before counts too. */
  add(begin: bigint, end: bigint, follows: boolean): void {
    const from = follows ? this.#end : begin;
    this.#end = max(from, end);
    this.#all += this.#end - from;
    this.#busy += this.#end - max(from, begin < this.#end ? begin : this.#end);
  }

  idle(): number | null {
    return this.#all === 0n ? null : 1 - Number(this.#busy) / Number(this.#all);
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
