// The dispatches that a device is given, recorded so that they can be run again by themselves, as often as a clock needs:
// what is timed then is the GPU alone. They work on the same memory again, but with the numbers that were theirs: the
// buffers that tfjs had put its own in have been given others since.
import { median } from '../../dist/base/median.js';

const CLOCKED_SECONDS = 0.1;
const BATCHES = 3;

/** To be made before the device has its first command encoder. */
export class Recorder {
  #device;
  #dispatches;
  /** Of uniform buffers, what was last written to them. */
  #contents = new WeakMap();
  #descriptors = new WeakMap();

  constructor(device) {
    this.#device = device;
    wrap(device, 'createCommandEncoder', (encoder) =>
      wrap(encoder, 'beginComputePass', (pass) => this.#watch(pass)),
    );
    wrap(device, 'createBindGroup', (group, descriptor) => this.#descriptors.set(group, descriptor));
    wrap(device.queue, 'writeBuffer', (_, ...args) => this.#written(...args));
  }

  start() {
    this.#dispatches = [];
  }

  stop() {
    const dispatches = this.#dispatches;
    this.#dispatches = undefined;
    return dispatches;
  }

  /** Of running them once, in their order: the median of a few batches. */
  async secondsOf(dispatches) {
    let [count, seconds] = [1, 0];
    for (;;) {
      seconds = await this.#run(dispatches, count);
      if (seconds >= CLOCKED_SECONDS) break;
      count = Math.ceil(count * Math.min(10, Math.max(1.5, (1.2 * CLOCKED_SECONDS) / seconds)));
    }
    const all = [];
    for (let batch = 0; batch < BATCHES; batch++) all.push(await this.#run(dispatches, count));
    return median(all) / count;
  }

  async #run(dispatches, count) {
    const { queue } = this.#device;
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let i = 0; i < count; i++)
      for (const { calls } of dispatches) for (const [method, args] of calls) pass[method](...args);
    pass.end();
    const commands = encoder.finish();
    await queue.onSubmittedWorkDone();
    const start = performance.now();
    queue.submit([commands]);
    await queue.onSubmittedWorkDone();
    return (performance.now() - start) / 1000;
  }

  /** A dispatch needs the pipeline and the groups that were set last. */
  #watch(pass) {
    const groups = new Map();
    let pipeline;
    const dispatched = (method, args) => {
      if (this.#dispatches === undefined) return;
      const set = [...groups].map(([index, [group, ...offsets]]) => [
        'setBindGroup',
        [index, offsets.length > 0 ? group : this.#withOwnNumbers(group), ...offsets], // ours stay where they are
      ]);
      this.#dispatches.push({ pipeline, calls: [['setPipeline', [pipeline]], ...set, [method, args]] });
    };
    wrap(pass, 'setPipeline', (_, given) => {
      pipeline = given;
    });
    wrap(pass, 'setBindGroup', (_, index, ...rest) => groups.set(index, rest));
    for (const method of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect'])
      wrap(pass, method, (_, ...args) => dispatched(method, args));
  }

  #withOwnNumbers(group) {
    const { layout, entries } = this.#descriptors.get(group);
    const own = entries.map(({ binding, resource }) => {
      const buffer = resource.buffer ?? resource;
      const contents = this.#contents.get(buffer);
      if (contents === undefined) return { binding, resource };
      const copy = this.#device.createBuffer({
        size: buffer.size,
        usage: buffer.usage,
        mappedAtCreation: true,
      });
      new Uint8Array(copy.getMappedRange()).set(contents);
      copy.unmap();
      return { binding, resource: { ...(resource.buffer && resource), buffer: copy } };
    });
    return this.#device.createBindGroup({ layout, entries: own });
  }

  #written(buffer, offset, data, from = 0, length = undefined) {
    if (!(buffer.usage & GPUBufferUsage.UNIFORM)) return;
    if (!this.#contents.has(buffer)) this.#contents.set(buffer, new Uint8Array(buffer.size));
    const unit = data.BYTES_PER_ELEMENT ?? 1; // of what both are counted in
    const start = (data.byteOffset ?? 0) + from * unit;
    const bytes = length === undefined ? data.byteLength - from * unit : length * unit;
    this.#contents.get(buffer).set(new Uint8Array(data.buffer ?? data, start, bytes), offset);
  }
}

/** After each call of the method, `then` has its result and its arguments. */
function wrap(object, name, then) {
  const method = object[name];
  const value = (...args) => {
    const result = method.apply(object, args);
    then(result, ...args);
    return result;
  };
  Object.defineProperty(object, name, { value, configurable: true });
}
