// Records the dispatches that a device is given, so that they can be run again by themselves, as often as a clock needs:
// what is timed then is the GPU alone. They work on the same memory as before. Their uniform buffers are copies with the
// numbers of that time, because tfjs has since written others into its own.
import { median } from '#dist/base/median.js';

/** @import { Dispatch } from './types.ts' */

const CLOCKED_SECONDS = 0.1;
const BATCHES = 3;

/** A recorder must be made before the device has its first command encoder. */
export class Recorder {
  /** @type {GPUDevice} */
  #device;
  /** @type {Dispatch[] | undefined} */
  #dispatches;
  /**
   * What was last written to each uniform buffer.
   *
   * @type {WeakMap<GPUBuffer, Uint8Array>}
   */
  #contents = new WeakMap();
  /** @type {WeakMap<GPUBindGroup, GPUBindGroupDescriptor>} */
  #descriptors = new WeakMap();

  /** @param {GPUDevice} device */
  constructor(device) {
    this.#device = device;
    wrap(device, 'createCommandEncoder', (encoder) =>
      wrap(encoder, 'beginComputePass', (pass) => this.#watch(pass)),
    );
    wrap(device, 'createBindGroup', (group, descriptor) => this.#descriptors.set(group, descriptor));
    wrap(device.queue, 'writeBuffer', (_, buffer, offset, data, from, length) =>
      this.#written(buffer, offset, data, from, length),
    );
  }

  start() {
    this.#dispatches = [];
  }

  stop() {
    const dispatches = this.#dispatches ?? [];
    this.#dispatches = undefined;
    return dispatches;
  }

  /**
   * The seconds that running them once takes, in their order: the median of a few batches.
   *
   * @param {readonly Dispatch[]} dispatches
   */
  async secondsOf(dispatches) {
    let count = 1;
    for (;;) {
      const seconds = await this.#run(dispatches, count);
      if (seconds >= CLOCKED_SECONDS) break;
      count = Math.ceil(count * Math.min(10, Math.max(1.5, (1.2 * CLOCKED_SECONDS) / seconds)));
    }
    const all = [];
    for (let batch = 0; batch < BATCHES; batch++) all.push(await this.#run(dispatches, count));
    return median(all) / count;
  }

  /**
   * @param {readonly Dispatch[]} dispatches
   * @param {number} count
   */
  async #run(dispatches, count) {
    const { queue } = this.#device;
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let i = 0; i < count; i++) for (const dispatch of dispatches) dispatch.run(pass);
    pass.end();
    const commands = encoder.finish();
    await queue.onSubmittedWorkDone();
    const start = performance.now();
    queue.submit([commands]);
    await queue.onSubmittedWorkDone();
    return (performance.now() - start) / 1000;
  }

  /**
   * Keeps the pass's dispatches, each with the pipeline and the bind groups that were set last before it.
   *
   * @param {GPUComputePassEncoder} pass
   */
  #watch(pass) {
    /** @type {Map<number, [GPUBindGroup, ...unknown[]]>} */
    const groups = new Map();
    /** @type {GPUComputePipeline} */
    let pipeline;
    const dispatched = (/** @type {(pass: GPUComputePassEncoder) => void} */ dispatch) => {
      if (this.#dispatches === undefined) return;
      const own = pipeline;
      const bound = [...groups].map(([index, [group, ...offsets]]) => {
        const kept = offsets.length > 0 ? group : this.#withOwnNumbers(group); // numbers at an offset are never overwritten
        return /** @type {Parameters<typeof pass.setBindGroup>} */ (
          /** @type {unknown} */ ([index, kept, ...offsets])
        );
      });
      this.#dispatches.push({
        pipeline: own,
        run(again) {
          again.setPipeline(own);
          for (const group of bound) again.setBindGroup(...group);
          dispatch(again);
        },
      });
    };
    wrap(pass, 'setPipeline', (_, given) => {
      pipeline = given;
    });
    wrap(pass, 'setBindGroup', (_, index, group, ...offsets) => {
      if (group) groups.set(index, [group, ...offsets]);
    });
    wrap(pass, 'dispatchWorkgroups', (_, ...args) =>
      dispatched((again) => again.dispatchWorkgroups(...args)),
    );
    wrap(pass, 'dispatchWorkgroupsIndirect', (_, ...args) =>
      dispatched((again) => again.dispatchWorkgroupsIndirect(...args)),
    );
  }

  /** @param {GPUBindGroup} group */
  #withOwnNumbers(group) {
    const descriptor = this.#descriptors.get(group);
    if (descriptor === undefined) throw new Error('the bind group was made before the recorder');
    const own = [...descriptor.entries].map(({ binding, resource }) => {
      const bound = 'buffer' in resource ? resource : { buffer: resource };
      const buffer = /** @type {GPUBuffer} */ (bound.buffer); // or a texture, which has no contents here
      const contents = this.#contents.get(buffer);
      if (contents === undefined) return { binding, resource };
      const copy = this.#device.createBuffer({
        size: buffer.size,
        usage: buffer.usage,
        mappedAtCreation: true,
      });
      new Uint8Array(copy.getMappedRange()).set(contents);
      copy.unmap();
      return { binding, resource: { ...bound, buffer: copy } };
    });
    return this.#device.createBindGroup({ layout: descriptor.layout, entries: own });
  }

  /**
   * @param {GPUBuffer} buffer
   * @param {number} offset
   * @param {AllowSharedBufferSource} data
   * @param {number} from
   * @param {number} [length]
   */
  #written(buffer, offset, data, from = 0, length = undefined) {
    if (!(buffer.usage & GPUBufferUsage.UNIFORM)) return;
    const contents = this.#contents.get(buffer) ?? new Uint8Array(buffer.size);
    this.#contents.set(buffer, contents);
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
    const unit = Number(Reflect.get(view, 'BYTES_PER_ELEMENT') ?? 1); // `from` and `length` are counted in elements
    const bytes = length === undefined ? view.byteLength - from * unit : length * unit;
    contents.set(new Uint8Array(view.buffer, view.byteOffset + from * unit, bytes), offset);
  }
}

/**
 * After each call of the method, `then` is given its result and its arguments.
 *
 * @template {object} T
 * @template {keyof T} K
 * @param {T} object
 * @param {K} name
 * @param {T[K] extends (...args: infer A) => infer R ? (result: R, ...args: A) => void : never} then
 */
function wrap(object, name, then) {
  const method = /** @type {(...args: unknown[]) => unknown} */ (object[name]);
  const value = (/** @type {unknown[]} */ ...args) => {
    const result = method.apply(object, args);
    then(result, ...args);
    return result;
  };
  Object.defineProperty(object, name, { value, configurable: true });
}
