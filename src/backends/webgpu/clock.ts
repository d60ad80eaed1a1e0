// How busy the GPU was: each compute pass leaves the times of its beginning and its end, which are read back without
// anything waiting for them.

/** Passes of a frame. It is read once half of it is taken, so that one submission's rest has room. */
const PASSES = 64;
/** Frames on their way at once: more passes than a step has. Those that find none are not measured. */
const FRAMES = 16;
const BYTES = 2 * PASSES * BigUint64Array.BYTES_PER_ELEMENT;

interface Frame {
  times: GPUQuerySet;
  resolved: GPUBuffer;
  readable: GPUBuffer;
  passes: number;
  /** Whether each pass follows the one before without a gap in the measurement. */
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
  /** Frames are read in their order. */
  #reading: Promise<void> = Promise.resolve();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Whether passes are measured from now on; the time until they are again counts for nothing. */
  set isOn(on: boolean) {
    this.#isOn = on;
    this.#follows = false;
  }

  /** What the next pass is to be begun with. */
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

  /** Adds to commands that are about to be sent what gets the times; returns what is to be called when they have been. */
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
        () => {}, // the device was lost, which others tell
      );
    };
  }

  /** Of what has been measured since this was last asked, the share in which no pass ran; null where nothing has been. */
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

/** Adds up stretches of passes, in nanoseconds; passes may overlap. */
export class BusyTime {
  #busy = 0n;
  #all = 0n;
  #end = 0n;

  /** `follows`: the time since the pass before is part of the stretch. */
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
