// tfjs's CPU backend with the values of tensors in an engine's memory, or held as bfloat16.
import type * as tf from '#tfjs';
import { MathBackendCPU } from '#tfjs';
import { HeldAsBf16 } from './bf16-weights.ts';
import type { CpuOps } from './ops.ts';
import { type MemorySource, Pool, type Region } from './pool.ts';

type Entry = ReturnType<MathBackendCPU['data']['get']>;
type Values = NonNullable<Entry['values']>;
type Numbers = Float32Array | Int32Array | Uint8Array;
type DataId = tf.TensorInfo['dataId'];

interface ViewOf<N> {
  new (buffer: ArrayBufferLike, offset?: number, length?: number): N;
  readonly BYTES_PER_ELEMENT: number;
}
interface Views {
  float32: Float32Array;
  int32: Int32Array;
  bool: Uint8Array;
}
const VIEWS: { [D in keyof Views]: ViewOf<Views[D]> } = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
};

/** A new tensor. Its values are uninitialized: a kernel must write every one. */
export interface Output<N> {
  readonly info: tf.TensorInfo;
  /** A view made when asked for, to be used at once: another output, or an op, may grow the memory, which empties it. */
  readonly values: N;
}

/** Takes the place of tfjs's record of a tensor whose values are in a region of the pool. */
class Pooled<N extends Numbers = Numbers> {
  readonly region: Region;
  readonly dtype: tf.DataType;
  refCount: number;
  readonly #View: ViewOf<N>;
  readonly #length: number;
  #view: N;

  constructor(region: Region, View: ViewOf<N>, length: number, dtype: tf.DataType, refCount: number) {
    this.region = region;
    this.dtype = dtype;
    this.refCount = refCount;
    this.#View = View;
    this.#length = length;
    this.#view = new View(region.buffer, region.offset, length);
  }

  get values(): N {
    const { buffer, offset } = this.region;
    if (this.#view.buffer !== buffer) this.#view = new this.#View(buffer, offset, this.#length);
    return this.#view;
  }
}

export class CpuBackend extends MathBackendCPU {
  readonly #source: MemorySource;
  readonly #pool: Pool;

  constructor(source: MemorySource) {
    super();
    this.#source = source;
    this.#pool = new Pool(source);
    Reflect.set(this, 'firstUse', false); // no banner that advertises tfjs-node
  }

  output<D extends keyof Views>(shape: number[], dtype: D): Output<Views[D]> {
    const entry = this.#entry(VIEWS[dtype], sizeOf(shape), dtype, 1);
    return {
      info: { dataId: this.#add(entry), shape, dtype },
      get values() {
        return entry.values;
      },
    };
  }

  /** The tensor's values as bfloat16, if they are held so. */
  bf16Values(dataId: DataId): Uint16Array | undefined {
    const entry = this.data.get(dataId);
    return entry instanceof HeldAsBf16 ? entry.bf16 : undefined;
  }

  /** Rounds the tensor's values to bfloat16 and keeps nothing else of them. */
  holdAsBf16({ dataId, dtype }: tf.TensorInfo, toBf16: CpuOps['toBf16']): void {
    const entry = this.data.get(dataId);
    if (entry instanceof HeldAsBf16) return;
    if (dtype !== 'float32' || !isFloats(entry))
      throw new Error(`internal: expected a float32 tensor to hold as bfloat16, but got ${dtype}`);
    const held = new HeldAsBf16(entry, this.#source, toBf16);
    this.data.delete(dataId); // or `set` would count the tensor again
    this.data.set(dataId, held);
    this.#free(entry);
  }

  override write(values: Values, shape: number[], dtype: tf.DataType): DataId {
    return ArrayBuffer.isView(values)
      ? this.#add(this.#copied(values, dtype, 1))
      : super.write(values, shape, dtype);
  }

  override move(id: DataId, values: Values, shape: number[], dtype: tf.NumericDataType, refCount: number) {
    if (ArrayBuffer.isView(values)) this.data.set(id, this.#copied(values, dtype, refCount));
    else super.move(id, values, shape, dtype, refCount);
  }

  /** Returns the live memory, as tfjs does, if it can belong to the caller from then on; else a copy. */
  override readSync(dataId: DataId): Values {
    const values = super.readSync(dataId);
    const entry = this.data.get(dataId);
    const isLive = entry instanceof Pooled && entry.values === values;
    return isLive && !this.#pool.handOut(entry.region) ? entry.values.slice() : values;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const entry = this.data.get(dataId);
    const gone = super.disposeData(dataId, force);
    if (gone) this.#free(entry);
    return gone;
  }

  override memory() {
    const { lentBytes, idleBytes } = this.#pool;
    return { ...super.memory(), pool: { lentBytes, idleBytes } };
  }

  #add(entry: Entry): DataId {
    const dataId = {};
    this.data.set(dataId, entry);
    return dataId;
  }

  #entry<N extends Numbers>(View: ViewOf<N>, length: number, dtype: tf.DataType, refCount: number) {
    const bytes = length * View.BYTES_PER_ELEMENT;
    return bytes < this.#source.least
      ? { values: new View(new ArrayBuffer(bytes)), dtype, refCount }
      : new Pooled(this.#pool.take(bytes), View, length, dtype, refCount);
  }

  /**
   * A record of a copy: some of tfjs's kernels return a part of their input's memory, which the pool may get back while
   * the result is in use.
   */
  #copied(values: Numbers, dtype: tf.DataType, refCount: number): Entry {
    const { byteOffset, length } = values;
    const View = values.constructor as ViewOf<Numbers>;
    const entry = this.#entry(View, length, dtype, refCount);
    // `values` may be a part of this very memory; if it grew, they are at the same offset of its new buffer.
    const isStale = entry instanceof Pooled && values.length !== length;
    entry.values.set(isStale ? new View(entry.region.buffer, byteOffset, length) : values);
    return entry;
  }

  #free(entry: Entry): void {
    if (entry instanceof Pooled) this.#pool.giveBack(entry.region);
    if (entry instanceof HeldAsBf16) entry.free();
  }
}

function isFloats(entry: Entry): entry is Entry & { values: Float32Array } {
  return entry.values instanceof Float32Array;
}

function sizeOf(shape: number[]): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}
