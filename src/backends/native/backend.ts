// tfjs's CPU backend with outputs in pooled memory, and weights held as bfloat16.
import type * as tf from '#tfjs';
import { MathBackendCPU } from '#tfjs';
import { HeldAsBf16 } from './bf16-weights.ts';
import { type MemorySource, Pool } from './pool.ts';

type Entry = ReturnType<MathBackendCPU['data']['get']>;
type Values = NonNullable<Entry['values']>;
type DataId = tf.TensorInfo['dataId'];

/** Smaller outputs are allocated as JavaScript does it, which is as quick. */
const LEAST_POOLED = 512;

/** From here on the addon allocates in huge pages. */
const LARGE = 2 ** 20;

export class NativeBackend extends MathBackendCPU {
  readonly #pool: Pool;

  constructor(source: MemorySource) {
    super();
    this.#pool = new Pool(source);
    Reflect.set(this, 'firstUse', false); // no banner that advertises tfjs-node
  }

  /** A new float32 tensor; its values hold anything. */
  output(shape: number[]): { info: tf.TensorInfo; values: Float32Array } {
    const size = sizeOf(shape);
    const values = new Float32Array(this.#memory(4 * size), 0, size);
    return { info: { dataId: super.write(values, shape, 'float32'), shape, dtype: 'float32' }, values };
  }

  /** A new int32 tensor; its values hold anything. */
  outputInts(shape: number[]): { info: tf.TensorInfo; values: Int32Array } {
    const size = sizeOf(shape);
    const values = new Int32Array(this.#memory(4 * size), 0, size);
    return { info: { dataId: super.write(values, shape, 'int32'), shape, dtype: 'int32' }, values };
  }

  /** The tensor's values as bfloat16, if they are held so. */
  bf16Values(dataId: DataId): Uint16Array | undefined {
    const entry = this.data.get(dataId);
    return entry instanceof HeldAsBf16 ? entry.bf16 : undefined;
  }

  /** Rounds the tensor's values to bfloat16 and keeps nothing else of them. */
  holdAsBf16({ dataId, dtype }: tf.TensorInfo): void {
    const entry = this.data.get(dataId);
    if (entry instanceof HeldAsBf16) return;
    if (dtype !== 'float32' || !(entry.values instanceof Float32Array))
      throw new Error(`internal: expected a float32 tensor to hold as bfloat16, but got ${dtype}`);
    this.data.delete(dataId); // set would count it again
    this.data.set(dataId, new HeldAsBf16(entry.values, entry.refCount));
    this.#giveBack(entry.values);
  }

  /**
   * Some of tfjs's kernels answer with a part of their input's memory, which may go back to the pool before they do.
   * Large values, such as weights, are read faster from the pool's huge pages.
   */
  override write(values: Values, shape: number[], dtype: tf.DataType): DataId {
    if (values instanceof Float32Array && values.byteLength >= LARGE) {
      const copy = new Float32Array(this.#pool.take(values.byteLength), 0, values.length);
      copy.set(values);
      return super.write(copy, shape, dtype);
    }
    const own = ArrayBuffer.isView(values) && this.#pool.owns(values.buffer) ? values.slice() : values;
    return super.write(own, shape, dtype);
  }

  /** Hands out the live memory, as tfjs does: from then on it is the caller's too. */
  override readSync(dataId: DataId): Values {
    const values = super.readSync(dataId);
    if (ArrayBuffer.isView(values)) this.#pool.disown(values.buffer);
    return values;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const entry = this.data.get(dataId);
    const gone = super.disposeData(dataId, force);
    if (gone && !(entry instanceof HeldAsBf16)) this.#giveBack(entry.values);
    return gone;
  }

  override memory() {
    const { lentBytes, idleBytes } = this.#pool;
    return { ...super.memory(), pool: { lentBytes, idleBytes } };
  }

  #memory(bytes: number): ArrayBuffer {
    return bytes < LEAST_POOLED ? new ArrayBuffer(bytes) : this.#pool.take(bytes);
  }

  #giveBack(values: Values | undefined): void {
    if (ArrayBuffer.isView(values) && this.#pool.owns(values.buffer)) this.#pool.giveBack(values.buffer);
  }
}

function sizeOf(shape: number[]): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}
