// tfjs's WebGPU backend on our device, with room for programs of our own between its own, and for tensors that share a
// buffer. Its private members are touched in this file alone.
import * as tf from '#tfjs';
import { WebGPUBackend } from '#tfjs/webgpu';
import type { GpuAtWork } from '../backend.ts';
import { type DataId, type Entry, Packings, Slot } from './arena.ts';
import { BindGroups, type Compiled, Numbers } from './bindings.ts';
import { GpuClock } from './clock.ts';
import { DeviceWatch } from './device.ts';
import { BufferPool } from './pool.ts';
import { BufferTally } from './tally.ts';
import type { MatrixUnits } from './units.ts';

type Call = Parameters<WebGPUBackend['runWebGPUProgram']>;

/** Ready to be encoded. */
export interface Dispatch {
  compiled: Compiled;
  storage: GPUBufferBinding[];
  numbers: number[];
  workgroups: readonly [number, number, number];
}

/** Commands sent at once. tfjs's 15 cost 87 µs an op; more than this wins nothing more. */
const BATCH = 64;

export class GpuBackend extends WebGPUBackend implements GpuAtWork {
  /** Whether matrix products round their operands to float16, and what they can be left to then. */
  readonly products: { half: boolean; units: MatrixUnits | undefined };
  readonly packings: Packings;
  readonly #watch: DeviceWatch;
  readonly #tally: BufferTally;
  readonly #clock: GpuClock;
  readonly #pool: BufferPool;
  readonly #numbers: Numbers;
  readonly #groups: BindGroups;

  constructor(device: GPUDevice, info: GPUAdapterInfo, units?: MatrixUnits) {
    super(device, info);
    this.products = { half: false, units };
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

  /** The tensor's memory, to be read; always the same object for the same memory. */
  binding(dataId: DataId): GPUBufferBinding {
    this.uploadToGPU(dataId);
    const { resource } = this.entry(dataId);
    if (resource instanceof Slot) return resource.binding;
    if (resource instanceof GPUBuffer) return this.#groups.bindingOf(resource);
    throw new Error('internal: expected a tensor in a buffer');
  }

  /** The tensor's memory, to be written: what was read from it before is forgotten. */
  bindingToWrite(dataId: DataId): GPUBufferBinding {
    const binding = this.binding(dataId);
    this.entry(dataId).values = null;
    return binding;
  }

  /** Takes its turn after everything that was asked for before it, by tfjs's kernels too. */
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

  /** Takes its turn as a program does. */
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
    this.flush(); // or it would go ahead of what was asked for before
    this.queue.writeBuffer(buffer, offset, values);
  }

  destroy(buffers: readonly GPUBuffer[]): void {
    if (buffers.length === 0) return;
    this.flush(); // commands with a buffer that is no more are refused
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
    for (const info of output ? [...inputs, output] : inputs) this.uploadToGPU(info.dataId); // it would end the pass
    this.#openPass(); // which tfjs then takes for its own
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
    const data = super.getBufferData(buffer); // which has sent its commands
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
   * tfjs keeps the buffers of tensors that are gone until its commands have been sent. There is no need: commands run in
   * their order, so a later one may write what an earlier one reads.
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
    this.flush(); // what was asked for may use it
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
