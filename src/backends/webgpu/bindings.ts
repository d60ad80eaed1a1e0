// What programs are bound to, prepared so that asking for the same again costs little: bind groups, which a step's programs
// share with the step before; and the numbers of all programs that are sent together, in one buffer.

/** Of a program's numbers: any device binds from there. */
const STRIDE = 256;
/** More than a model's training and sampling have; all are forgotten then. */
const MOST_GROUPS = 20_000;

export type NumberType = 'u32' | 'f32';

export interface Compiled {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
  /** Of the numbers. */
  types: readonly NumberType[];
}

export class Numbers {
  readonly buffer: GPUBuffer;
  readonly #words: Uint32Array<ArrayBuffer>;
  readonly #floats: Float32Array<ArrayBuffer>;
  #used = 0;

  constructor(device: GPUDevice, programs: number) {
    const size = STRIDE * programs;
    this.buffer = device.createBuffer({ size, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    this.#words = new Uint32Array(size / 4);
    this.#floats = new Float32Array(this.#words.buffer);
  }

  get isFull(): boolean {
    return this.#used === this.#words.byteLength;
  }

  /** Returns where they are. */
  add(values: readonly number[], types: readonly NumberType[]): number {
    const start = this.#used;
    for (const [i, value] of values.entries())
      (types[i] === 'u32' ? this.#words : this.#floats)[start / 4 + i] = value;
    this.#used += STRIDE;
    return start;
  }

  /** To be read by commands that are sent next. */
  send(queue: GPUQueue): void {
    if (this.#used > 0) queue.writeBuffer(this.buffer, 0, this.#words, 0, this.#used / 4);
    this.#used = 0;
  }
}

/** A path of bindings, each of which is always the same object where it is the same memory. */
interface Node {
  group?: GPUBindGroup;
  next: Map<object, Node>;
}

export class BindGroups {
  readonly #device: GPUDevice;
  readonly #numbers: GPUBuffer;
  readonly #ofBuffers = new WeakMap<GPUBuffer, GPUBufferBinding>();
  #root: Node = { next: new Map() };
  #count = 0;

  constructor(device: GPUDevice, numbers: GPUBuffer) {
    this.#device = device;
    this.#numbers = numbers;
  }

  bindingOf(buffer: GPUBuffer): GPUBufferBinding {
    const known = this.#ofBuffers.get(buffer);
    if (known) return known;
    const binding = { buffer };
    this.#ofBuffers.set(buffer, binding);
    return binding;
  }

  of(compiled: Compiled, bindings: readonly GPUBufferBinding[]): GPUBindGroup {
    let node = follow(this.#root, compiled.layout);
    for (const binding of bindings) node = follow(node, binding);
    return node.group ?? this.#create(compiled, bindings, node);
  }

  /** Lest any be of a buffer that is no more. */
  clear(): void {
    this.#root = { next: new Map() };
    this.#count = 0;
  }

  #create({ layout, types }: Compiled, bindings: readonly GPUBufferBinding[], node: Node): GPUBindGroup {
    const numbers = { buffer: this.#numbers, size: 16 * Math.ceil(types.length / 4) };
    const resources = types.length > 0 ? [...bindings, numbers] : bindings;
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    const group = this.#device.createBindGroup({ layout, entries });
    if (this.#count++ === MOST_GROUPS) this.clear();
    else node.group = group;
    return group;
  }
}

function follow(node: Node, key: object): Node {
  const known = node.next.get(key);
  if (known) return known;
  const next = { next: new Map() };
  node.next.set(key, next);
  return next;
}
