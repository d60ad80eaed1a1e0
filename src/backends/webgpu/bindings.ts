// What programs are bound to, kept so that a dispatch like an earlier one costs little: a cache of bind groups, which one
// training step shares with the next, and a ring of the programs' uniforms, which are uploaded together.

/** Bytes from one program's numbers to the next: any device binds a uniform buffer at a multiple of this. */
const STRIDE = 256;
const RING = 4096 * STRIDE;
/** The cache is cleared when it is this large, which is more than one model's training and sampling need. */
const MOST_GROUPS = 20_000;

export type NumberType = 'u32' | 'f32';

export interface Compiled {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
  /** Types of the program's numbers. */
  types: readonly NumberType[];
}

/** A ring of all programs' numbers. A step's stay in it until long after the step: bench/gpu-profile.mjs replays steps. */
export class Numbers {
  readonly buffer: GPUBuffer;
  readonly #words: Uint32Array<ArrayBuffer>;
  readonly #floats: Float32Array<ArrayBuffer>;
  /** Numbers from `#start` to `#end`, in bytes, have not been sent. */
  #start = 0;
  #end = 0;

  constructor(device: GPUDevice) {
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    this.buffer = device.createBuffer({ size: RING, usage });
    this.#words = new Uint32Array(RING / 4);
    this.#floats = new Float32Array(this.#words.buffer);
  }

  /** When the ring is full, `send` must be called before `add`. */
  get isFull(): boolean {
    return this.#end === RING;
  }

  /** Returns the numbers' offset in the buffer, in bytes. */
  add(values: readonly number[], types: readonly NumberType[]): number {
    const at = this.#end;
    for (const [i, value] of values.entries())
      (types[i] === 'u32' ? this.#words : this.#floats)[at / 4 + i] = value;
    this.#end += STRIDE;
    return at;
  }

  /** Uploads the new numbers, before the commands that read them are submitted. */
  send(queue: GPUQueue): void {
    const [start, length] = [this.#start, this.#end - this.#start];
    if (length > 0) queue.writeBuffer(this.buffer, start, this.#words, start / 4, length / 4);
    this.#start = this.#end = this.isFull ? 0 : this.#end;
  }
}

/** A trie by the objects that are bound: the same memory is always the same binding object. */
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

  /** Must be called when a buffer was destroyed: a bind group may hold it. */
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
