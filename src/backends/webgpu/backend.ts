// tfjs's WebGPU backend on our device, with room for programs of our own between its own.
// Its private members are touched in this file alone.
import * as tf from '@tensorflow/tfjs';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { DeviceWatch } from './device.ts';
import type { MatrixUnits } from './units.ts';

type DataId = tf.TensorInfo['dataId'];
type Call = Parameters<WebGPUBackend['runWebGPUProgram']>;

/** Ready to be encoded: a pipeline, its storage buffers and uniform values, and how many workgroups. */
export interface Dispatch {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
  storage: GPUBuffer[];
  uniforms: ArrayBuffer | undefined;
  workgroups: [number, number, number];
}

/** Commands sent at once. tfjs's 15 cost 87 µs an op; more than this wins nothing more. */
const BATCH = 64;

export class GpuBackend extends WebGPUBackend {
  /** Whether matrix products round their operands to float16, and what they can be left to then. */
  readonly products: { half: boolean; units: MatrixUnits | undefined };
  readonly #watch: DeviceWatch;

  constructor(device: GPUDevice, info: GPUAdapterInfo, units?: MatrixUnits) {
    super(device, info);
    this.products = { half: false, units };
    this.#watch = new DeviceWatch(device);
    tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', BATCH);
  }

  /** The tensor's buffer, to be read. */
  buffer(dataId: DataId): GPUBuffer {
    this.uploadToGPU(dataId);
    const { resource } = this.tensorMap.get(dataId);
    if (resource instanceof GPUBuffer) return resource;
    throw new Error('internal: expected a tensor in a buffer');
  }

  /** The tensor's buffer, to be written: what was read from it before is forgotten. */
  bufferToWrite(dataId: DataId): GPUBuffer {
    const buffer = this.buffer(dataId);
    Reflect.set(this.tensorMap.get(dataId), 'values', null);
    return buffer;
  }

  /** Takes its turn after everything that was asked for before it, by tfjs's kernels too. */
  dispatch({ pipeline, layout, storage, uniforms, workgroups }: Dispatch): void {
    this.#watch.check();
    const entries = storage.map((buffer, binding) => ({ binding, resource: { buffer } }));
    if (uniforms)
      entries.push({ binding: storage.length, resource: { buffer: this.#uniformBuffer(uniforms) } });
    const pass = this.#openPass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.device.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(...workgroups);
    this.#counted();
  }

  override runWebGPUProgram(...call: Call): tf.TensorInfo {
    this.#watch.check();
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

  /**
   * tfjs keeps the buffers of tensors that are gone until its commands have been sent. There is no need: commands run in
   * their order, so a later one may write what an earlier one reads.
   */
  override disposeData(dataId: DataId, force = false): boolean {
    const owned: WeakSet<DataId> = Reflect.get(this, 'commandQueueOwnedIds');
    if (force || this.refCount(dataId) === 1) owned.delete(dataId);
    return super.disposeData(dataId, force);
  }

  #openPass(): GPUComputePassEncoder {
    this.ensureCommandEncoderReady();
    const open: GPUComputePassEncoder | null = Reflect.get(this, 'computePassEncoder');
    if (open) return open;
    const encoder: GPUCommandEncoder = Reflect.get(this, 'commandEncoder');
    const pass = encoder.beginComputePass();
    Reflect.set(this, 'computePassEncoder', pass);
    return pass;
  }

  #counted(): void {
    const count: number = Reflect.get(this, 'dispatchCountInPass') + 1;
    Reflect.set(this, 'dispatchCountInPass', count);
    if (count < BATCH) return;
    this.endComputePassEncoder();
    this.submitQueue();
  }

  #uniformBuffer(values: ArrayBuffer): GPUBuffer {
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const buffer = this.bufferManager.acquireBuffer(values.byteLength, usage);
    this.queue.writeBuffer(buffer, 0, values);
    const pending: GPUBuffer[] = Reflect.get(this, 'uniformPendingDisposal'); // free once it has been sent
    pending.push(buffer);
    return buffer;
  }
}
