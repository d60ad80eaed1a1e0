// Weights stored as bfloat16, which is the upper half of a float32: they take half the memory.
import type { CpuOps } from './ops.ts';
import type { MemorySource, Region } from './pool.ts';

/** Takes the place of tfjs's record of a tensor. Whoever asks for its `values` gets a float32 copy. */
export class HeldAsBf16 {
  readonly dtype = 'float32';
  refCount: number;
  readonly #count: number;
  readonly #region: Region;
  readonly #source: MemorySource;

  /** `entry` is the tensor's record until now. */
  constructor(
    entry: { values: Float32Array; refCount: number },
    source: MemorySource,
    toBf16: CpuOps['toBf16'],
  ) {
    this.refCount = entry.refCount;
    this.#count = entry.values.length;
    this.#source = source;
    this.#region = source.allocate(Math.max(64, 2 * this.#count));
    toBf16(this.#count, entry.values, this.bf16);
  }

  get bf16(): Uint16Array {
    return new Uint16Array(this.#region.buffer, this.#region.offset, this.#count);
  }

  get values(): Float32Array {
    const { bf16 } = this;
    const bits = new Uint32Array(bf16.length);
    for (let i = 0; i < bits.length; i++) bits[i] = bf16[i]! << 16;
    return new Float32Array(bits.buffer);
  }

  free(): void {
    this.#source.release(this.#region);
  }
}
