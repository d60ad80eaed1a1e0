// How much of the GPU's memory is taken, and whether more would fit.
import { startBackend } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { gpuAtWork } from '../../../src/backends/index.ts';
import { backend } from '../../../src/backends/webgpu/memory.ts';
import { BufferTally } from '../../../src/backends/webgpu/tally.ts';
import { missingGpu } from '../../on-backends.ts';

describe.skipIf(missingGpu)(missingGpu ?? 'a tally of buffers', () => {
  beforeAll(() => startBackend('webgpu'));

  it('counts the peak of arrays, and freeUnused gives their memory back', async () => {
    backend().freeUnused();
    const tally = new BufferTally(backend().device);
    const x = tf.fill([1000, 50], 1);
    const y = x.add(x);
    await y.data(); // which takes a buffer to read from, in the machine's memory
    tf.dispose([x, y]);
    expect(tally.peakBytes).toBeGreaterThanOrEqual(2 * 200_000);
    expect(tally.peakBytes).toBeLessThan(2 * 200_000 + 5000);
    backend().freeUnused();
    const z = tf.fill([1000, 60], 1);
    await z.data();
    expect(tally.peakBytes).toBeLessThan(2 * 200_000 + 5000);
    z.dispose();
    expect(gpuAtWork()!.peakBytes).toBeGreaterThanOrEqual(2 * 200_000);
  });

  it('fits() tries for more memory, and gives it back', async () => {
    const gpu = gpuAtWork()!;
    const { peakBytes } = gpu;
    expect(await gpu.fits(0)).toBe(true);
    expect(await gpu.fits(peakBytes + 2 ** 24)).toBe(true);
    expect(gpu.peakBytes).toBe(peakBytes);
  });

  it('fits() is false of more than the GPU has, even where each piece alone would fit', async () => {
    const [device, held] = smallDevice(2 ** 30);
    const tally = new BufferTally(device);
    device.createBuffer({ size: 2 ** 28, usage: GPUBufferUsage.STORAGE });
    expect(await tally.fits(2 ** 30)).toBe(true);
    expect(await tally.fits(2 ** 30 + 2 ** 28)).toBe(false);
    expect(await tally.fits(2 ** 50)).toBe(false);
    expect(held()).toBe(2 ** 28);
    expect(tally.peakBytes).toBe(2 ** 28);
  });
});

/** A stand-in for a GPU with so much memory, whose buffers are objects that only say how large they are. */
function smallDevice(memory: number): [GPUDevice, held: () => number] {
  let [bytes, refused] = [0, false];
  const createBuffer = ({ size, usage }: GPUBufferDescriptor) => {
    const fits = bytes + size <= memory;
    if (fits) bytes += size;
    else refused = true;
    return {
      size,
      usage,
      destroy: () => {
        if (fits) bytes -= size;
      },
    };
  };
  const device = new Proxy(backend().device, {
    get: (target, name) => {
      if (name === 'createBuffer') return own.createBuffer;
      if (name === 'pushErrorScope')
        return () => {
          refused = false;
        };
      if (name === 'popErrorScope') return async () => (refused ? new Error('out of memory') : null);
      return Reflect.get(target, name, target);
    },
    set: (_, name, value) => Reflect.set(own, name, value),
  });
  const own = { createBuffer };
  return [device, () => bytes];
}
