// Tensors of an optimizer side by side in a few buffers, so that one program works on all of them. A tensor there is like
// any other: it only has a slot of a buffer in place of a buffer.
import type * as tf from '#tfjs';
import { type Layout, layoutOf, sameLayout } from './layout.ts';

export type DataId = tf.TensorInfo['dataId'];

/** What is known of a tensor, as far as it is ours to see. */
export interface Entry {
  resource?: GPUBuffer | Slot | null;
  /** As they were uploaded from or downloaded to. */
  values: tf.backend_util.BackendValues | null;
}

/** Where tensors are. */
interface Memory {
  device: GPUDevice;
  bufferManager: { releaseBuffer(buffer: GPUBuffer): void };
  entry(id: DataId): Entry;
  binding(id: DataId): GPUBufferBinding;
  /** Of zeros; it never was another tensor's. */
  newBuffer(size: number): GPUBuffer;
  copy(from: GPUBufferBinding, to: Required<GPUBufferBinding>): void;
  /** A buffer of its own with what is in a slot. */
  copied(slot: Slot): GPUBuffer;
  put(where: Required<GPUBufferBinding>, values: Float32Array<ArrayBuffer>): void;
  destroy(buffers: readonly GPUBuffer[]): void;
}

export class Slot {
  readonly packing: Packing;
  readonly index: number;
  readonly binding: Required<GPUBufferBinding>;
  tensor: DataId | undefined;

  constructor(packing: Packing, index: number, binding: Required<GPUBufferBinding>) {
    this.packing = packing;
    this.index = index;
    this.binding = binding;
  }
}

export class Packing {
  readonly layout: Layout;
  readonly buffers: readonly { buffer: GPUBuffer }[];
  /** In the order of the tensors. */
  readonly slots: readonly Slot[];
  /** For the gradients of the parameters that are here. */
  gradients: Packing | undefined;
  /** How many keep it for their gradients, when nothing is in it too. */
  keepers = 0;
  taken = 0;

  constructor(layout: Layout, buffers: GPUBuffer[]) {
    this.layout = layout;
    this.buffers = buffers.map((buffer) => ({ buffer }));
    this.slots = layout.places.map(({ buffer, offset, bytes }, index) => {
      return new Slot(this, index, { buffer: buffers[buffer]!, offset, size: bytes });
    });
  }

  holds(tensors: readonly DataId[]): boolean {
    return tensors.length === this.slots.length && tensors.every((id, i) => this.slots[i]!.tensor === id);
  }

  /** Whether they are there already or could be. */
  fits(layout: Layout, tensors: readonly DataId[]): boolean {
    const isFree = ({ tensor }: Slot, i: number) => tensor === undefined || tensor === tensors[i];
    return sameLayout(this.layout, layout) && this.slots.every(isFree);
  }
}

export class Packings {
  readonly #memory: Memory;
  readonly #all = new Set<Packing>();
  readonly #most: number;

  constructor(memory: Memory) {
    const { maxBufferSize, maxStorageBufferBindingSize } = memory.device.limits;
    this.#memory = memory;
    this.#most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  /** Moves tensors to where they lie side by side, in their order, if they do not. No two may share their memory. */
  pack(tensors: readonly tf.TensorInfo[]): Packing {
    const ids = tensors.map(({ dataId }) => dataId);
    const { resource } = this.#memory.entry(ids[0]!);
    if (resource instanceof Slot && resource.packing.holds(ids)) return resource.packing;
    if (new Set(ids).size < ids.length) throw new Error('internal: a tensor cannot be packed twice');
    const shapes = tensors.map(({ shape }) => shape);
    const layout = layoutOf(shapes, this.#most);
    const fitting = [...this.#all].find((packing) => packing.fits(layout, ids));
    const packing = fitting ?? this.#create(layout);
    const left = ids.flatMap((id, i) => this.#move(id, packing.slots[i]!) ?? []);
    // Where there was room, they are this step's gradients, and the next step's need the same buffers.
    if (fitting) for (const buffer of left) this.#memory.bufferManager.releaseBuffer(buffer);
    else this.#memory.destroy(left);
    return packing;
  }

  /** From now on `claim` finds room for the parameters' gradients there. */
  keepGradients(parameters: Packing, gradients: Packing): void {
    if (parameters.gradients === gradients) return;
    gradients.keepers++;
    this.#forgetGradients(parameters);
    parameters.gradients = gradients;
  }

  /** Gives a new tensor the place of the parameter's gradient, if nothing is there. */
  claim(gradient: DataId, parameter: DataId): void {
    const { resource } = this.#memory.entry(parameter);
    if (!(resource instanceof Slot)) return;
    const slot = resource.packing.gradients?.slots[resource.index];
    if (slot && slot.tensor === undefined) this.#take(slot, gradient);
  }

  /** The tensor in a slot has gone, or will lie elsewhere. */
  leave(slot: Slot): void {
    slot.tensor = undefined;
    slot.packing.taken--;
    this.#dropUnused(slot.packing);
  }

  /** Gives a tensor a buffer of its own again, for what of tfjs knows nothing else. */
  unpack(id: DataId): void {
    const entry = this.#memory.entry(id);
    const { resource } = entry;
    if (!(resource instanceof Slot)) return;
    entry.resource = this.#memory.copied(resource);
    this.leave(resource);
  }

  #create(layout: Layout): Packing {
    const buffers = layout.sizes.map((size) => this.#memory.newBuffer(size));
    const packing = new Packing(layout, buffers);
    this.#all.add(packing);
    return packing;
  }

  #take(slot: Slot, id: DataId): void {
    this.#memory.entry(id).resource = slot;
    slot.tensor = id;
    slot.packing.taken++;
  }

  /** Returns the buffer of its own that the tensor had. */
  #move(id: DataId, slot: Slot): GPUBuffer | undefined {
    const entry = this.#memory.entry(id);
    const { resource, values } = entry;
    if (resource === slot) return undefined;
    if (resource) this.#memory.copy(this.#memory.binding(id), slot.binding);
    else if (values) {
      this.#memory.put(slot.binding, new Float32Array(values as ArrayLike<number>));
      entry.values = null;
    }
    this.#take(slot, id);
    if (!(resource instanceof Slot)) return resource ?? undefined;
    this.leave(resource);
    return undefined;
  }

  #dropUnused(packing: Packing): void {
    if (packing.taken > 0 || packing.keepers > 0) return;
    this.#all.delete(packing);
    this.#memory.destroy(packing.buffers.map(({ buffer }) => buffer));
    this.#forgetGradients(packing);
  }

  #forgetGradients(parameters: Packing): void {
    const { gradients } = parameters;
    if (gradients === undefined) return;
    parameters.gradients = undefined;
    gradients.keepers--;
    this.#dropUnused(gradients);
  }
}
