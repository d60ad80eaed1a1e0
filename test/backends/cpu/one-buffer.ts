// The addon's ops as they will be once compiled to WebAssembly: with one memory, which moves whenever it grows.
import { vi } from 'vitest';
import { CpuEngine } from '../../../src/backends/cpu/engine.ts';
import type { CpuOps } from '../../../src/backends/cpu/ops.ts';
import { type MemorySource, Pool } from '../../../src/backends/cpu/pool.ts';
import { loadedAddon } from '../../../src/backends/native/addon.ts';

const PAGE = 65536;

/** What is used here of WebAssembly, which is typed for web pages alone. */
declare namespace WebAssembly {
  class Memory {
    constructor(size: { initial: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
}

/** One memory; every op, and every taking of memory, leaves all views made before it empty. */
export function oneBufferEngine() {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { take } = Pool.prototype;
  vi.spyOn(Pool.prototype, 'take').mockImplementation(function (this: Pool, bytes) {
    memory.grow(0); // by nothing: the buffer is another one all the same
    return take.call(this, bytes);
  });
  const { code } = loadedAddon();
  const source = new OneBuffer(memory);
  const ops = Object.entries(code.ops).map(([name, op]) => [name, inMemory(op, memory)]);
  const engine = new CpuEngine({ ...code, ops: Object.fromEntries(ops), memory: source });
  return { engine, released: source.released };
}

class OneBuffer implements MemorySource {
  readonly least = 0;
  readonly released: number[] = [];
  readonly #memory: WebAssembly.Memory;
  #end = 64;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  allocate(bytes: number) {
    const memory = this.#memory;
    const offset = this.#end;
    this.#end += Math.ceil(bytes / 64) * 64;
    memory.grow(Math.max(0, Math.ceil((this.#end - memory.buffer.byteLength) / PAGE)));
    return {
      get buffer() {
        return memory.buffer;
      },
      offset,
      bytes,
    };
  }

  release({ bytes }: { bytes: number }): void {
    this.released.push(bytes);
  }
}

/** Gives the op copies of arrays from elsewhere, as whoever calls WebAssembly must: what it writes to them is lost. */
function inMemory(op: CpuOps[keyof CpuOps], memory: WebAssembly.Memory) {
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved);
    if (!ArrayBuffer.isView(value) || value.buffer === memory.buffer) return value;
    return (value as Float32Array).slice();
  };
  return (...values: unknown[]) => {
    const result = Reflect.apply(op, undefined, values.map(moved));
    memory.grow(0);
    return result;
  };
}
