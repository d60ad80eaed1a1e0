// What programs are bound to, prepared so that asking for the same again costs little: bind groups, which a step's programs
// share with the step before; and the numbers of all programs, sent together with them.

/** Of a program's numbers: any device binds from there. */
const STRIDE = 256;
const RING = 4096 * STRIDE;
/** More than a model's training and sampling have; all are forgotten then. */
const MOST_GROUPS = 20_000;

export type NumberType = 'u32' | 'f32';

export interface Compiled {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
  /** Of the numbers. */
  types: readonly NumberType[];
}

/** A ring, in which a step's numbers stay until long after it: bench/gpu-profile.mjs runs its programs again. */
export class Numbers {
  readonly buffer: GPUBuffer;
  readonly #words: Uint32Array<ArrayBuffer>;
  readonly #floats: Float32Array<ArrayBuffer>;
  /** In bytes, of what has not been sent. */
  #start = 0;
  #end = 0;

  constructor(device: GPUDevice) {
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    this.buffer = device.createBuffer({ size: RING, usage });
    this.#words = new Uint32Array(RING / 4);
    this.#floats = new Float32Array(this.#words.buffer);
  }

  /** Then `send` comes before anything is added. */
  get isFull(): boolean {
    return this.#end === RING;
  }

  /** Returns where they are. */
  add(values: readonly number[], types: readonly NumberType[]): number {
    const at = this.#end;
    for (const [i, value] of values.entries())
      (types[i] === 'u32' ? this.#words : this.#floats)[at / 4 + i] = value;
    this.#end += STRIDE;
    return at;
  }

  /** To be read by commands that are sent next. */
  send(queue: GPUQueue): void {
    const [start, length] = [this.#start, this.#end - this.#start];
    if (length > 0) queue.writeBuffer(this.buffer, start, this.#words, start / 4, length / 4);
    this.#start = this.#end = this.isFull ? 0 : this.#end;
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
