// What the backend webgpu tells of its GPU: how busy it was, what it held, and what would fit.

import { startBackend } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { gpuAtWork } from '../../src/backends/index.ts';
import { BusyTime, GpuClock } from '../../src/backends/webgpu/clock.ts';
import { backend } from '../../src/backends/webgpu/memory.ts';
import { BufferTally } from '../../src/backends/webgpu/tally.ts';
import { measure } from '../../src/benchmark/measure.ts';
import { missingGpu } from '../on-backends.ts';

/** Passes as [begin, end, follows]. */
function idleOf(...passes: [number, number, boolean][]): number | null {
  const time = new BusyTime();
  for (const [begin, end, follows] of passes) time.add(BigInt(begin), BigInt(end), follows);
  return time.idle();
}

describe('the idle share of passes', () => {
  it.each([
    { what: 'none', passes: [], idle: null },
    { what: 'one', passes: [[100, 200, false]], idle: 0 },
    {
      what: 'two with a gap',
      passes: [
        [0, 30, false],
        [50, 100, true],
      ],
      idle: 0.2,
    },
    {
      what: 'two that overlap',
      passes: [
        [0, 60, false],
        [40, 100, true],
      ],
      idle: 0,
    },
    {
      what: 'one within another',
      passes: [
        [0, 100, false],
        [20, 30, true],
        [150, 200, true],
      ],
      idle: 0.25,
    },
    {
      what: 'two stretches',
      passes: [
        [0, 50, false],
        [1000, 1010, false],
        [1040, 1050, true],
      ],
      idle: 0.3,
    },
  ] as { what: string; passes: [number, number, boolean][]; idle: number | null }[])(
    '$what',
    ({ passes, idle }) => {
      const found = idleOf(...passes);
      if (idle === null) expect(found).toBeNull();
      else expect(found).toBeCloseTo(idle, 12);
    },
  );
});

describe.skipIf(missingGpu)(missingGpu ?? 'on a GPU', () => {
  beforeAll(() => startBackend('webgpu'));

  /** A kernel of tfjs's and the wait for it. */
  const work = async () => {
    const y = tf.tidy(() => tf.fill([1000, 1000], 2).sqrt());
    await y.data();
    y.dispose();
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('nothing is known of its time until that is measured', async () => {
    await work();
    expect(await gpuAtWork()!.idle()).toBeNull();
  });

  it('it is idle while nothing is asked of it', async () => {
    await work(); // compiled
    gpuAtWork()!.measureIdle(true);
    const start = performance.now();
    for (let i = 0; i < 5; i++) {
      await work();
      await pause(100);
    }
    await work();
    const all = performance.now() - start;
    gpuAtWork()!.measureIdle(false);
    const share = (await gpuAtWork()!.idle())!;
    expect(share).toBeGreaterThan(0.9 * (500 / all));
    expect(share).toBeLessThan(1);
  });

  it('and that is told once; what is not measured is not told', async () => {
    await work();
    expect(await gpuAtWork()!.idle()).toBeNull();
  });

  it('passes for which there is no room are left out, and the time around them', async () => {
    const { device } = backend();
    const clock = new GpuClock(device);
    clock.isOn = true;
    const passes = 3000; // more than all frames have
    let measured = 0;
    const encoder = device.createCommandEncoder();
    for (let i = 0; i < passes; i++) {
      const descriptor = clock.passDescriptor();
      if (descriptor.timestampWrites) measured++;
      encoder.beginComputePass(descriptor).end();
      if (i % 10 === 9) clock.resolve(encoder, false);
    }
    expect(measured).toBeLessThan(passes);
    expect(measured).toBeGreaterThan(500);
    clock.isOn = false;
    expect(clock.passDescriptor()).toEqual({});
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
  });

  it('a benchmark tells both', async () => {
    const model = {
      arch: 'lstm',
      vocabSize: 9,
      layers: 1,
      width: 8,
      context: 4,
      dropout: 0,
      tiedHead: false,
    } as const;
    const measured = await measure({ about: 'tiny', model, batchSize: 2 }, { steps: 3 });
    expect(measured.gpuMemoryBytes).toBe(gpuAtWork()!.peakBytes);
    expect(measured.gpuIdle).toBeGreaterThan(0);
    expect(measured.gpuIdle).toBeLessThan(1);
  });

  it('memory is counted as arrays come, not as they go, and given back when it is asked for', async () => {
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
    expect(gpuAtWork()!.peakBytes).toBeGreaterThanOrEqual(2 * 4_000_000);
  });

  it('more memory is tried for, and given back', async () => {
    const gpu = gpuAtWork()!;
    const { peakBytes } = gpu;
    expect(await gpu.fits(0)).toBe(true);
    expect(await gpu.fits(peakBytes + 2 ** 24)).toBe(true);
    expect(gpu.peakBytes).toBe(peakBytes);
  });

  it('and refused in pieces that all fit in themselves', async () => {
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

/** A stand-in for a GPU with so much memory: the real one, asked for little buffers that say they are large. */
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
