// How busy the GPU is: the sum over passes, and what the backend measures of its own.
import { startBackend } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { gpuAtWork } from '../../../src/backends/index.ts';
import { BusyTime, GpuClock } from '../../../src/backends/webgpu/clock.ts';
import { backend } from '../../../src/backends/webgpu/memory.ts';
import { measure } from '../../../src/benchmark/measure.ts';
import { missingGpu } from '../../on-backends.ts';

/** Passes as [begin, end, follows]. */
function idleOf(...passes: [number, number, boolean][]): number | null {
  const time = new BusyTime();
  for (const [begin, end, follows] of passes) time.add(BigInt(begin), BigInt(end), follows);
  return time.idle();
}

describe('BusyTime: the idle share of', () => {
  it.each([
    { what: 'no pass', passes: [], idle: null },
    { what: 'one pass', passes: [[100, 200, false]], idle: 0 },
    {
      what: 'two passes with a gap',
      passes: [
        [0, 30, false],
        [50, 100, true],
      ],
      idle: 0.2,
    },
    {
      what: 'two passes that overlap',
      passes: [
        [0, 60, false],
        [40, 100, true],
      ],
      idle: 0,
    },
    {
      what: 'a pass within another, and a third',
      passes: [
        [0, 100, false],
        [20, 30, true],
        [150, 200, true],
      ],
      idle: 0.25,
    },
    {
      what: 'two stretches that are measured apart',
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

  it('idle() is null for work that was not measured', async () => {
    gpuAtWork()!.measureIdle(false);
    await gpuAtWork()!.idle();
    await work();
    expect(await gpuAtWork()!.idle()).toBeNull();
  });

  it('idle() tells of a measurement once', async () => {
    gpuAtWork()!.measureIdle(true);
    await work();
    gpuAtWork()!.measureIdle(false);
    expect(await gpuAtWork()!.idle()).not.toBeNull();
    expect(await gpuAtWork()!.idle()).toBeNull();
  });

  it('idle() is the share of the time in which nothing was dispatched', async () => {
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

  it('a clock does not measure passes for which all its frames are in use', async () => {
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

  it('a benchmark reports the idle share and the peak of memory', async () => {
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
});
