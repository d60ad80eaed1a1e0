// tfjs's WebGPU backend on our device, extended so that our programs are dispatched between tfjs's own, and so that tensors
// may share a buffer. Its private members are touched in this file alone.
import * as tf from '#tfjs';
import { WebGPUBackend } from '#tfjs/webgpu';
import type { GpuAtWork } from '../backend.ts';
import { type DataId, type Entry, Packings, Slot } from './arena.ts';
import { BindGroups, type Compiled, Numbers } from './bindings.ts';
import { GpuClock } from './clock.ts';
import { DeviceWatch } from './device.ts';
import { BufferPool } from './pool.ts';
import { BufferTally } from './tally.ts';
import type { TensorCores } from './tensor-cores.ts';

type Call = Parameters<WebGPUBackend['runWebGPUProgram']>;

/** One run of a program, with all that encoding it takes. */
export interface Dispatch {
  compiled: Compiled;
  storage: GPUBufferBinding[];
  numbers: number[];
  workgroups: readonly [number, number, number];
}

/** So many dispatches are submitted together. With tfjs's 15 an op costs 87 µs; more than 64 gains nothing. */
const BATCH = 64;

export class GpuBackend extends WebGPUBackend implements GpuAtWork {
  /** How matrix products are computed: with `half` their operands are rounded to float16, which tensor cores need. */
  readonly products: { half: boolean; tensorCores: TensorCores | undefined };
  readonly packings: Packings;
  readonly #watch: DeviceWatch;
  readonly #tally: BufferTally;
  readonly #clock: GpuClock;
  readonly #pool: BufferPool;
  readonly #numbers: Numbers;
  readonly #groups: BindGroups;

  constructor(device: GPUDevice, info: GPUAdapterInfo, tensorCores?: TensorCores) {
    super(device, info);
    this.products = { half: false, tensorCores };
    this.#watch = new DeviceWatch(device);
    this.#tally = new BufferTally(device);
    this.#clock = new GpuClock(device);
    this.#pool = new BufferPool(device);
    this.#numbers = new Numbers(device);
    this.#groups = new BindGroups(device, this.#numbers.buffer);
    this.packings = new Packings(this);
    tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', BATCH);
    Reflect.set(this, 'bufferManager', this.#pool);
    const bound: (tensor: tf.TensorInfo) => GPUBindingResource = Reflect.get(this, 'tensorToBinding');
    Reflect.set(this, 'tensorToBinding', (tensor: tf.TensorInfo) => {
      const { resource } = this.entry(tensor.dataId);
      return resource instanceof Slot ? resource.binding : bound.call(this, tensor);
    });
  }

  entry(dataId: DataId): Entry {
    const data: object = this.tensorMap.get(dataId);
    return data as Entry;
  }

  /** The tensor's memory, to be read. The same memory is always the same object, which is what bind groups are cached by. */
  binding(dataId: DataId): GPUBufferBinding {
    this.uploadToGPU(dataId);
    const { resource } = this.entry(dataId);
    if (resource instanceof Slot) return resource.binding;
    if (resource instanceof GPUBuffer) return this.#groups.bindingOf(resource);
    throw new Error('internal: expected a tensor in a buffer');
  }

  /** The tensor's memory, to be written: values that were downloaded before are dropped. */
  bindingToWrite(dataId: DataId): GPUBufferBinding {
    const binding = this.binding(dataId);
    this.entry(dataId).values = null;
    return binding;
  }

  /** Runs after everything that was dispatched before, by tfjs's kernels too. */
  dispatch({ compiled, storage, numbers, workgroups }: Dispatch): void {
    this.#watch.check();
    if (this.#numbers.isFull) this.flush();
    const pass = this.#openPass();
    pass.setPipeline(compiled.pipeline);
    const group = this.#groups.of(compiled, storage);
    if (numbers.length === 0) pass.setBindGroup(0, group);
    else pass.setBindGroup(0, group, [this.#numbers.add(numbers, compiled.types)]);
    pass.dispatchWorkgroups(...workgroups);
    this.#counted();
  }

  newBuffer(size: number): GPUBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return this.bufferManager.acquireBuffer(size, usage, false, false);
  }

  /** Copies in the same order as programs run. */
  copy(from: GPUBufferBinding, to: Required<GPUBufferBinding>): void {
    this.ensureCommandEncoderReady();
    this.endComputePassEncoder();
    const encoder: GPUCommandEncoder = Reflect.get(this, 'commandEncoder');
    encoder.copyBufferToBuffer(from.buffer, from.offset ?? 0, to.buffer, to.offset, to.size);
  }

  copied({ binding }: Slot): GPUBuffer {
    const { size } = binding;
    const buffer = this.newBuffer(size);
    this.copy(binding, { buffer, offset: 0, size });
    return buffer;
  }

  put({ buffer, offset }: Required<GPUBufferBinding>, values: Float32Array<ArrayBuffer>): void {
    this.flush(); // writeBuffer would overtake commands that are not submitted yet
    this.queue.writeBuffer(buffer, offset, values);
  }

  destroy(buffers: readonly GPUBuffer[]): void {
    if (buffers.length === 0) return;
    this.flush(); // commands that use a destroyed buffer are refused
    for (const buffer of buffers) this.bufferManager.releaseBuffer(buffer, false);
    this.#groups.clear();
  }

  flush(): void {
    if (Reflect.get(this, 'commandEncoder') === null) return;
    this.endComputePassEncoder();
    this.submitQueue();
  }

  override submitQueue(): void {
    this.#submit(false);
  }

  override runWebGPUProgram(...call: Call): tf.TensorInfo {
    this.#watch.check();
    const [, inputs, , , output] = call;
    for (const info of output ? [...inputs, output] : inputs) this.uploadToGPU(info.dataId); // later it would end the pass
    this.#openPass(); // tfjs goes on with an open pass
    return super.runWebGPUProgram(...call);
  }

  override async read(dataId: DataId) {
    this.#watch.check();
    try {
      return await super.read(dataId);
    } catch (error) {
      await this.#watch.explain();
      throw error;
    } finally {
      this.#watch.check();
    }
  }

  override getBufferData(resource: GPUBuffer | Slot): Promise<ArrayBuffer> {
    if (!(resource instanceof Slot)) return super.getBufferData(resource);
    const buffer = this.copied(resource);
    const data = super.getBufferData(buffer); // it submits its commands at once
    this.bufferManager.releaseBuffer(buffer, false);
    return data;
  }

  override readSync(dataId: DataId) {
    this.packings.unpack(dataId);
    return super.readSync(dataId);
  }

  override readToGPU(dataId: DataId) {
    this.packings.unpack(dataId);
    return super.readToGPU(dataId);
  }

  /**
   * tfjs holds a disposed tensor's buffer back until the commands that use it are submitted. That is not needed: commands run
   * in order, so a later one may overwrite what an earlier one reads. Here the buffer is free at once.
   */
  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.tensorMap.has(dataId)) return true;
    if (force || this.refCount(dataId) === 1) {
      const owned: WeakSet<DataId> = Reflect.get(this, 'commandQueueOwnedIds');
      owned.delete(dataId);
      const entry = this.entry(dataId);
      const { resource } = entry;
      if (resource instanceof Slot) {
        entry.resource = null;
        this.packings.leave(resource);
      }
    }
    return super.disposeData(dataId, force);
  }

  get peakBytes(): number {
    return this.#tally.peakBytes;
  }

  get largestArray(): number {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.device.limits;
    return Math.min(maxStorageBufferBindingSize, maxBufferSize);
  }

  fits(bytes: number): Promise<boolean> {
    return this.#tally.fits(bytes);
  }

  freeUnused(): void {
    this.flush(); // commands that are not submitted yet may use free buffers
    this.#pool.freeUnused();
    this.#groups.clear();
  }

  measureIdle(on: boolean): void {
    if (on === this.#clock.isOn) return;
    this.#sendAll();
    this.#clock.isOn = on;
  }

  async idle(): Promise<number | null> {
    this.#sendAll();
    return this.#clock.idle();
  }

  #sendAll(): void {
    this.ensureCommandEncoderReady();
    this.endComputePassEncoder();
    this.#submit(true);
  }

  #submit(all: boolean): void {
    this.#numbers.send(this.queue);
    const read = this.#clock.resolve(Reflect.get(this, 'commandEncoder'), all);
    super.submitQueue();
    read();
  }

  #openPass(): GPUComputePassEncoder {
    this.ensureCommandEncoderReady();
    const open: GPUComputePassEncoder | null = Reflect.get(this, 'computePassEncoder');
    if (open) return open;
    const encoder: GPUCommandEncoder = Reflect.get(this, 'commandEncoder');
    const pass = encoder.beginComputePass(this.#clock.passDescriptor());
    Reflect.set(this, 'computePassEncoder', pass);
    return pass;
  }

  #counted(): void {
    const count: number = Reflect.get(this, 'dispatchCountInPass') + 1;
    Reflect.set(this, 'dispatchCountInPass', count);
    if (count >= BATCH) this.flush();
  }
}
