// An arena for an optimizer's tensors: they are packed side by side into a few buffers, so that one dispatch updates all of
// them. A packed tensor is like any other, but has a slot of a buffer where others have a buffer of their own.
import type * as tf from '#tfjs';
import { type Layout, layoutOf, sameLayout } from './layout.ts';

export type DataId = tf.TensorInfo['dataId'];

/** The part of tfjs's own record of a tensor that we use. */
export interface Entry {
  resource?: GPUBuffer | Slot | null;
  /** The values on the CPU: not uploaded yet, or downloaded before. */
  values: tf.backend_util.BackendValues | null;
}

/** What the arena needs of the backend. */
interface Memory {
  device: GPUDevice;
  bufferManager: { releaseBuffer(buffer: GPUBuffer): void };
  entry(id: DataId): Entry;
  binding(id: DataId): GPUBufferBinding;
  /** A buffer of zeros, never one that was another tensor's. */
  newBuffer(size: number): GPUBuffer;
  copy(from: GPUBufferBinding, to: Required<GPUBufferBinding>): void;
  /** A new buffer with a copy of what is in a slot. */
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

/** A group of tensors that are packed together: parameters, gradients, or moments. */
export class Packing {
  readonly layout: Layout;
  readonly buffers: readonly { buffer: GPUBuffer }[];
  /** One slot for each tensor, in the tensors' order. */
  readonly slots: readonly Slot[];
  /** If this is a packing of parameters: where their gradients go. */
  gradients: Packing | undefined;
  /** Number of parameter packings that reserve this one for their gradients, even while it is empty. */
  reservations = 0;
  /** Number of slots that hold a tensor. */
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

  /** Whether the tensors could be packed here: each slot is free, or holds its tensor already. */
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

  /** Packs the tensors side by side in their order, if they are not packed so already. No two may share their memory. */
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
    // Tensors that fit a packing are this step's gradients: the next step's will want the buffers that these had.
    if (fitting) for (const buffer of left) this.#memory.bufferManager.releaseBuffer(buffer);
    else this.#memory.destroy(left);
    return packing;
  }

  /** From now on `claim` places the parameters' gradients in that packing. */
  reserveGradients(parameters: Packing, gradients: Packing): void {
    if (parameters.gradients === gradients) return;
    gradients.reservations++;
    this.#releaseGradients(parameters);
    parameters.gradients = gradients;
  }

  /** Places a new tensor in the slot of the parameter's gradient, if the parameter has one and it is free. */
  claim(gradient: DataId, parameter: DataId): void {
    const { resource } = this.#memory.entry(parameter);
    if (!(resource instanceof Slot)) return;
    const slot = resource.packing.gradients?.slots[resource.index];
    if (slot && slot.tensor === undefined) this.#take(slot, gradient);
  }

  /** Frees a slot whose tensor was disposed or moved. */
  leave(slot: Slot): void {
    slot.tensor = undefined;
    slot.packing.taken--;
    this.#dropUnused(slot.packing);
  }

  /** Moves a tensor back to a buffer of its own, which is all that some of tfjs's methods know. */
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

  /** Moves a tensor into a slot, and returns the buffer that was its own until then. */
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
    if (packing.taken > 0 || packing.reservations > 0) return;
    this.#all.delete(packing);
    this.#memory.destroy(packing.buffers.map(({ buffer }) => buffer));
    this.#releaseGradients(packing);
  }

  #releaseGradients(parameters: Packing): void {
    const { gradients } = parameters;
    if (gradients === undefined) return;
    parameters.gradients = undefined;
    gradients.reservations--;
    this.#dropUnused(gradients);
  }
}
