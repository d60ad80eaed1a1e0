// An engine: the C++ of native/kernels, compiled for one machine, and tfjs's tensors in memory that it can reach.
import type * as tf from '#tfjs';
import type { StartOptions } from '../backend.ts';
import { CpuBackend, type Output } from './backend.ts';
import type { CpuOps } from './ops.ts';
import type { MemorySource } from './pool.ts';

/** What a compilation provides. */
export interface CpuCode {
  readonly ops: CpuOps;
  readonly memory: MemorySource;
  /** How many threads it runs on unless told otherwise. */
  cores(): number;
  setThreads(count: number): void;
  /** Whether matrix products round their operands to bfloat16 from then on. */
  setBf16(on: boolean): void;
}

type Info = tf.TensorInfo | undefined;

/**
 * What kernels compute with. A kernel makes views of a tensor's memory (floats, ints, an output's values) in the call of
 * the op itself, after all outputs: making an output, or running an op, may grow the memory, which empties earlier views.
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

  configure({ precision, threads, sharers = 1 }: StartOptions): void {
    this.#code.setBf16(precision === 'bf16');
    this.#code.setThreads(threads ?? Math.max(1, Math.floor(this.#code.cores() / sharers)));
  }

  /** Numbers to be read only: they are a copy where the values have another type. */
  floats(info: Info): Float32Array {
    const values = this.#stored(info);
    return values instanceof Float32Array ? values : new Float32Array(values);
  }

  /** Numbers to be read only: they are a copy where the values have another type. */
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

  /** The bits of bfloat16 numbers, if the tensor is held so. */
  bf16Values(info: Info): Uint16Array | undefined {
    return this.backend.bf16Values(info!.dataId);
  }

  /** Keeps the tensor as bfloat16 from now on, in half the memory. Products and embeddings read it as it is. */
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

  /** The same memory with another shape. */
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
