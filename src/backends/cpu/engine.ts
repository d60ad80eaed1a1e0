// An engine: the C++ of native/kernels, compiled for one machine, and tfjs's tensors in memory that it can reach.
import type * as tf from '#tfjs';
import type { StartOptions } from '../backend.ts';
import { CpuBackend, type Output } from './backend.ts';
import type { CpuOps } from './ops.ts';
import type { MemorySource } from './pool.ts';

/** What was compiled. */
export interface CpuCode {
  readonly ops: CpuOps;
  readonly memory: MemorySource;
  /** How many threads it runs on by default. */
  cores(): number;
  setThreads(count: number): void;
  /** From then on matrix products round their operands to bfloat16, or no longer do. */
  setBf16(on: boolean): void;
}

type Info = tf.TensorInfo | undefined;

/**
 * Views of a tensor's memory are made where they are handed to an op, after all outputs: an output or an op may let the
 * memory grow, and leave earlier views empty.
 */
export class CpuEngine {
  readonly ops: CpuOps;
  readonly backend: CpuBackend;
  readonly #code: CpuCode;

  constructor(code: CpuCode) {
    this.#code = code;
    this.ops = code.ops;
    this.backend = new CpuBackend(code.memory);
  }

  configure({ precision, threads }: StartOptions): void {
    this.#code.setBf16(precision === 'bf16');
    this.#code.setThreads(threads ?? this.#code.cores());
  }

  /** To be read only: a copy where the values are held as another type. */
  floats(info: Info): Float32Array {
    const values = this.#stored(info);
    return values instanceof Float32Array ? values : new Float32Array(values);
  }

  /** To be read only: a copy where the values are held as another type. */
  ints(info: Info): Int32Array {
    const values = this.#stored(info);
    return values instanceof Int32Array ? values : new Int32Array(values);
  }

  /** The tensor's own memory, to be changed in place. */
  floatsInPlace(info: Info): Float32Array {
    const values = this.isBf16(info) ? undefined : this.#stored(info);
    if (values instanceof Float32Array) return values;
    throw new Error('internal: only values held as float32 can be changed in place');
  }

  isBf16(info: Info): boolean {
    return this.bf16Values(info) !== undefined;
  }

  /** The upper halves of float32 numbers, if the tensor is held so. */
  bf16Values(info: Info): Uint16Array | undefined {
    return this.backend.bf16Values(info!.dataId);
  }

  /** From now on the tensor's values are bfloat16, in half the memory. Products and embeddings read them as they are. */
  holdAsBf16(tensor: tf.TensorInfo): void {
    this.backend.holdAsBf16(tensor, this.ops.toBf16);
  }

  output(shape: number[]): Output<Float32Array> {
    return this.backend.output(shape, 'float32');
  }

  outputInts(shape: number[]): Output<Int32Array> {
    return this.backend.output(shape, 'int32');
  }

  outputBools(shape: number[]): Output<Uint8Array> {
    return this.backend.output(shape, 'bool');
  }

  /** The same memory under another shape. */
  reshaped(info: tf.TensorInfo, shape: number[]): tf.TensorInfo {
    this.backend.incRef(info.dataId);
    return { dataId: info.dataId, shape, dtype: info.dtype };
  }

  /** Gives back an output that is not part of the answer. */
  dispose(info: tf.TensorInfo): void {
    this.backend.disposeData(info.dataId);
  }

  #stored(info: Info): Float32Array | Int32Array | Uint8Array {
    const { values } = this.backend.data.get(info!.dataId);
    if (ArrayBuffer.isView(values)) return values;
    throw new Error(`internal: expected numbers, but got ${info!.dtype}`);
  }
}
