// The arena for an optimizer's tensors: packed side by side into a few buffers, whatever becomes of the tensors, with the
// same numbers and without leaks; and how little a training step asks of the GPU's driver.
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as tf from '#tfjs';
import { startBackend } from '../../../src/backends/index.ts';
import { Slot } from '../../../src/backends/webgpu/arena.ts';
import { backend, gradientOf } from '../../../src/backends/webgpu/memory.ts';
import type { Tensors } from '../../../src/checkpoint/checkpoint.ts';
import { type AdamWItem, adamW, globalNorm } from '../../../src/ops/index.ts';
import { runKernel } from '../../../src/ops/kernel.ts';
import { accumulate } from '../../../src/ops/reverse.ts';
import { assignTensors, tensorsOf } from '../../../src/run/weights.ts';
import { lossAndGradients } from '../../../src/training/gradients.ts';
import { createModel } from '../../made-models.ts';
import { Optimizer } from '../../made-optimizer.ts';
import { missingGpu } from '../../on-backends.ts';
import { itemOf } from '../../ops/adam-w-item.ts';

const CONFIG = {
  arch: 'gpt',
  vocabSize: 65,
  layers: 2,
  heads: 4,
  width: 16,
  context: 16,
  dropout: 0,
} as const;
const SETTINGS = { learningRate: 0.1, beta1: 0.5, beta2: 0.5, epsilon: 1e-8, step: 1, clip: 0 };

describe.skipIf(missingGpu)(missingGpu ?? 'an optimizer’s tensors', () => {
  beforeAll(() => startBackend('webgpu'));

  describe('packed by updates', () => {
    let items: AdamWItem[];

    beforeEach(() => {
      items = [itemOf([2, 3]), itemOf([5]), itemOf([70, 3])];
      return () =>
        tf.dispose(items.map(({ parameter, gradient, mean, square }) => [parameter, gradient, mean, square]));
    });

    it('are packed side by side, matrices first, wherever they were before', async () => {
      const { parameter: used } = items[0]!;
      tf.dispose(tf.tidy(() => used.mul(2).mul(2))); // on the GPU, the others not yet
      update(items);
      const slots = items.map(({ parameter }) => slotOf(parameter)!);
      expect(slots.map(({ binding }) => binding.offset)).toEqual([0, 1280, 256]);
      expect(new Set(slots.map(({ packing }) => packing)).size).toBe(1);
      expect(slots[0]!.packing.buffers).toHaveLength(1);
      for (const { parameter, mean, square } of items)
        for (const [variable, value] of [
          [parameter, 0.9],
          [mean, 1],
          [square, 2],
        ] as const)
          expect(await values(variable)).toEqual(Array(variable.size).fill(Math.fround(value)));
    });

    it('stay packed in the same slots, and so do their gradients, from update to update', () => {
      update(items);
      const packing = slotOf(items[0]!.parameter)!.packing;
      expect(slotOf(items[1]!.gradient)!.packing).toBe(packing.gradients);
      expect(gradientPlace(items[1]!.parameter)).toBeUndefined(); // it is taken
      for (const item of items) item.gradient.dispose();
      for (const item of items) item.gradient = tf.ones(item.parameter.shape);
      update(items);
      expect(slotOf(items[0]!.parameter)!.packing).toBe(packing);
      expect(slotOf(items[0]!.gradient)!.packing).toBe(packing.gradients);
      items[1]!.gradient.dispose();
      items[1]!.gradient = tf.ones([5]);
      expect(gradientPlace(items[1]!.parameter)).toBe(packing.gradients!.slots[1]);
    });

    it('are read and written by tfjs’s kernels, and a read copies no more than the one tensor', async () => {
      update(items);
      const { parameter } = items[1]!;
      const copies = vi.spyOn(backend(), 'copy');
      expect(await values(parameter)).toHaveLength(5);
      expect(copies.mock.calls.map(([, to]) => to.size)).toEqual([20]);
      copies.mockRestore();
      const doubled = tf.tidy(() => parameter.add(parameter));
      expect(await values(doubled)).toEqual(Array(5).fill(Math.fround(0.9) * 2));
      parameter.assign(doubled);
      expect(slotOf(parameter)).toBeUndefined();
      update(items);
      expect(slotOf(parameter)!.packing).toBe(slotOf(items[0]!.parameter)!.packing);
      expect((await values(parameter))[0]).toBeCloseTo(1.8 - (0.2 * 1.5) / Math.sqrt(6), 5);
      doubled.dispose();
    });

    it('can share their memory with reshaped tensors', async () => {
      const flat = items[0]!.parameter.reshape([6]);
      update(items);
      expect(await values(flat)).toEqual(Array(6).fill(Math.fround(0.9)));
      items[0]!.parameter.dispose();
      expect(await values(flat)).toEqual(Array(6).fill(Math.fround(0.9)));
      flat.dispose();
    });

    it('can alias: one gradient for two parameters, or a parameter as a gradient', async () => {
      const [first, second] = [itemOf([4]), itemOf([4])];
      second.gradient.dispose();
      second.gradient = first.gradient.clone();
      expect((await values(globalNorm([first.gradient, second.gradient])))[0]).toBeCloseTo(Math.sqrt(32), 5);
      update([first, second]);
      update([first, { ...second, gradient: first.parameter }]);
      expect((await values(second.mean))[0]).toBeCloseTo(0.5 * 1 + 0.5 * 0.9, 6);
      for (const { parameter, gradient, mean, square } of [first, second])
        tf.dispose([parameter, gradient, mean, square]);
    });

    it('can be accumulated into each other within one buffer', async () => {
      update(items);
      runKernel('AccumulateInto', { into: items[0]!.mean, from: items[0]!.mean });
      expect(await values(items[0]!.mean)).toEqual(Array(6).fill(2));
    });

    it('are not changed by an update whose loss or norm is not finite', async () => {
      for (const bad of [Number.NaN, Infinity, -Infinity])
        for (const scalars of [{ loss: bad }, { norm: bad }]) update(items, { loss: 1, norm: 1, ...scalars });
      expect(await values(items[0]!.parameter)).toEqual(Array(6).fill(1));
      expect(await values(items[2]!.square)).toEqual(Array(210).fill(0));
      update(items, { loss: 1, norm: 3e38 });
      expect((await values(items[0]!.mean))[0]).toBe(1);
    });

    it('give their buffers back when all are disposed, in whatever order', async () => {
      update(items);
      const before = allocated();
      const others = [itemOf([2, 3]), itemOf([5])];
      update(others);
      expect(allocated()).toBeGreaterThan(before);
      for (const { square, gradient, parameter } of others) tf.dispose([square, gradient, parameter]);
      for (const { mean } of others.toReversed()) mean.dispose();
      expect(allocated()).toBe(before);
      expect(await values(items[1]!.parameter)).toEqual(Array(5).fill(Math.fround(0.9)));
    });
  });

  describe('of a GPT in training', () => {
    it('are updated by four dispatches a step, the norm included, and no copies', () => {
      const training = new Training();
      training.steps(2);
      const [programs, copies] = [vi.spyOn(backend(), 'dispatch'), vi.spyOn(backend(), 'copy')];
      training.steps(1);
      const labels = programs.mock.calls.map(([{ compiled }]) => compiled.pipeline.label);
      expect(labels.filter((label) => /adamW|globalNorm/.test(label))).toHaveLength(4);
      expect(copies).not.toHaveBeenCalled();
      vi.restoreAllMocks();
      training.dispose();
    });

    it('need no new bind groups or buffers from the third step on', () => {
      const training = new Training();
      training.steps(3);
      const gpu = backend();
      const groups = vi.spyOn(gpu.device, 'createBindGroup');
      const tfjs = vi.spyOn(gpu, 'runWebGPUProgram');
      const buffers = vi.spyOn(gpu.bufferManager, 'acquireBuffer');
      const used = () => buffers.mock.results.map(({ value }) => value);
      training.steps(1);
      const first = used();
      training.steps(1);
      expect(used().slice(first.length)).toEqual(first);
      expect(groups).toHaveBeenCalledTimes(tfjs.mock.calls.length);
      vi.restoreAllMocks();
      training.dispose();
    });

    it.each([1, 2])(
      'have the same bits with %i micro-batches a step wherever gradients were, and after a checkpoint was assigned',
      async (micros) => {
        const [usual, moved, resumed] = [0, 1, 2].map(() => new Training({ micros }));
        usual!.steps(4);
        vi.spyOn(backend().packings, 'claim').mockImplementation(() => {});
        moved!.steps(4);
        vi.restoreAllMocks();
        resumed!.steps(2);
        const saved = await resumed!.saved();
        resumed!.steps(1);
        resumed!.goBack(saved, 2);
        resumed!.steps(2);
        const expected = await usual!.weights();
        expect(await moved!.weights()).toEqual(expected);
        expect(await resumed!.weights()).toEqual(expected);
        for (const training of [usual!, moved!, resumed!]) training.dispose();
      },
    );

    it('of two models, one partly frozen, are trained in turn to the same bits as alone', async () => {
      const some = (name: string) => name.startsWith('h.1.');
      const [alone, part] = [new Training(), new Training({ some })];
      alone.steps(3);
      part.steps(3);
      const expected = [await alone.weights(), await part.weights()];
      const before = await tensorsOf(part.frozen);
      for (const training of [alone, part]) training.dispose();
      const [first, second] = [new Training(), new Training({ some })];
      for (let step = 0; step < 3; step++) for (const training of [first, second]) training.steps(1);
      expect([await first.weights(), await second.weights()]).toEqual(expected);
      for (const [name, { data }] of await tensorsOf(second.frozen))
        expect(data).toEqual(before.get(name)!.data);
      for (const training of [first, second]) training.dispose();
    });

    it('are given back with the model and the optimizer, in either order of disposal', async () => {
      new Training().dispose('model first');
      const held: number[] = [];
      for (const order of ['model first', 'optimizer first', 'model first'] as const) {
        const training = new Training({ micros: 2 });
        training.steps(2);
        const during = backend().bufferManager.numBytesUsed;
        training.steps(2);
        expect(backend().bufferManager.numBytesUsed).toBe(during);
        training.dispose(order);
        held.push(allocated());
      }
      expect(held[1]).toBe(held[0]);
      expect(held[2]).toBe(held[0]);
    });
  });
});

interface Choices {
  micros?: number;
  /** Which parameters are trained; all if not said. */
  some?: (name: string) => boolean;
}

/** The same steps on the same tokens every time. */
class Training {
  readonly #model = createModel(CONFIG, 7);
  readonly #optimizer: Optimizer;
  readonly #micros: number;

  constructor({ micros = 1, some = () => true }: Choices = {}) {
    const trained = [...this.#model.parameters].filter(([name]) => some(name));
    this.#optimizer = new Optimizer(new Map(trained));
    this.#micros = micros;
  }

  get frozen(): Map<string, tf.Variable> {
    return new Map([...this.#model.parameters].filter(([name]) => !this.#optimizer.parameters.has(name)));
  }

  weights(): Promise<Tensors> {
    return tensorsOf(this.#optimizer.parameters);
  }

  /** Copies of all there is. */
  async saved(): Promise<Tensors> {
    const tensors = await tensorsOf(this.#all());
    return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
  }

  goBack(saved: Tensors, updates: number): void {
    assignTensors(this.#all(), saved, 'memory');
    this.#optimizer.steps = updates;
  }

  steps(count: number): void {
    for (let step = 0; step < count; step++) this.#step();
  }

  dispose(order: 'model first' | 'optimizer first' = 'optimizer first'): void {
    const parts = [this.#optimizer, this.#model];
    for (const part of order === 'model first' ? parts.toReversed() : parts) part.dispose();
  }

  #all(): Map<string, tf.Variable> {
    return new Map([...this.#optimizer.parameters, ...this.#optimizer.state]);
  }

  #step(): void {
    const batches = Array.from({ length: this.#micros }, (_, micro) => this.#backward(micro));
    const [{ loss, gradients }] = batches as [(typeof batches)[number]];
    for (const other of batches.slice(1)) {
      other.loss.dispose();
      for (const [name, gradient] of other.gradients) accumulate(gradients.get(name)!, gradient);
    }
    const norm = globalNorm([...gradients.values()]);
    this.#optimizer.update(gradients, { learningRate: 0.01, clip: 1, loss, norm });
    tf.dispose([loss, norm, ...gradients.values()]);
  }

  #backward(micro: number) {
    const ids = (shift: number) =>
      Array.from({ length: 3 * CONFIG.context }, (_, i) => (i * 7 + micro + shift) % CONFIG.vocabSize);
    const [tokens, targets] = [0, 7].map((shift) => tf.tensor2d(ids(shift), [3, CONFIG.context], 'int32'));
    const result = lossAndGradients(
      () => this.#model.loss(tokens!, targets!, {}),
      this.#optimizer.parameters,
    );
    tf.dispose([tokens!, targets!]);
    return result;
  }
}

function update(items: AdamWItem[], { loss, norm } = { loss: 1, norm: 1 }): void {
  tf.tidy(() => adamW(items, SETTINGS, { loss: tf.scalar(loss), norm: tf.scalar(norm) }));
}

/** Where a new gradient of the parameter would lie. */
function gradientPlace(parameter: tf.Tensor): Slot | undefined {
  const gradient = tf.engine().makeTensorFromTensorInfo(gradientOf(parameter));
  const slot = slotOf(gradient);
  gradient.dispose();
  return slot;
}

function slotOf({ dataId }: tf.Tensor): Slot | undefined {
  const { resource } = backend().entry(dataId);
  return resource instanceof Slot ? resource : undefined;
}

async function values(tensor: tf.Tensor): Promise<number[]> {
  return [...(await tensor.data())];
}

function allocated(): number {
  backend().flush(); // what was only for commands goes with them
  return backend().bufferManager.numBytesAllocated;
}
