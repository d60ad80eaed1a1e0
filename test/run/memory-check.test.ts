// A run that the GPU has no memory for is refused before its first step, with the batch that would fit.
import { join } from 'node:path';
import type { LanguageModel } from 'tsgpt';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type * as tf from '#tfjs';
import type { Backend, GpuAtWork } from '../../src/backends/backend.ts';
import { startBackend } from '../../src/backends/index.ts';
import { plain } from '../../src/backends/plain/index.ts';
import { checkMemory } from '../../src/run/memory-check.ts';
import { hasRun } from '../../src/run/record.ts';
import { type TrainingConfig, trainingSchema } from '../../src/settings/training.ts';
import { forecast } from '../../src/training/forecast.ts';
import { startIdleGpu } from '../idle-gpu.ts';
import { createModel } from '../made-models.ts';
import { missingGpu } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { interruptAt, prepareText, run } from './tiny.ts';

const MODEL = {
  arch: 'gpt',
  vocabSize: 65,
  layers: 2,
  heads: 2,
  width: 16,
  context: 32,
  dropout: 0,
} as const;
const LARGEST = 4 * 20 * 32 * 4 * 16; // what a batch of 20 has in its widest array

describe('with a GPU of a given size', () => {
  let model: LanguageModel;
  const tried: number[] = [];

  beforeAll(async () => {
    await startBackend('plain');
    model = createModel(MODEL);
  });
  afterAll(() => {
    model.dispose();
    Reflect.deleteProperty(plain, 'gpu');
  });

  const check = (memory: number, batching: Partial<TrainingConfig>, largestArray = Infinity) => {
    const gpu: Partial<GpuAtWork> = {
      largestArray,
      fits: async (bytes) => tried.push(bytes) > 0 && bytes <= memory,
    };
    Object.assign<Backend, object>(plain, { gpu: () => gpu });
    return checkMemory(
      model,
      { parameters: model.parameters, statePerParameter: () => 2 },
      trainingSchema.parse(batching),
    );
  };
  /** With the steps' length as it is, in more batches. */
  const needed = (batchSize: number, totalBatchTokens = 64 * 32) =>
    forecast(
      model,
      { parameters: model.parameters, statePerParameter: () => 2 },
      { batchSize, totalBatchTokens },
    ).total;

  it('a run that fits is told what it will take', async () => {
    const memory = await check(needed(64), { batchSize: 64 });
    const { reading, ...held } = forecast(
      model,
      { parameters: model.parameters, statePerParameter: () => 2 },
      { batchSize: 64 },
    );
    expect(memory).toEqual({ ...held, whose: 'the GPU’s' }); // where nothing is read
    expect(tried).toEqual([memory!.total]);
  });

  it('a run that does not fit is refused, with the largest batch that does and steps of the same length', async () => {
    await expect(check(needed(23), { batchSize: 64 })).rejects.toMatchObject({
      message: expect.stringMatching(
        /^this run, with batchSize 64, needs about [\d.]+ MiB of the GPU’s memory, which it does not have$/,
      ),
      hint: 'take a batch of 23 (--batch-size 23), and --total-batch-tokens 2048 for steps as long as before',
    });
    expect(needed(23)).toBeLessThan(needed(24));
  });

  it('a run that does not fit keeps the length of a step that was asked for', async () => {
    const asked = { batchSize: 64, totalBatchTokens: 4096 };
    await expect(check(needed(9, 4096), asked)).rejects.toMatchObject({
      hint: 'take a batch of 9 (--batch-size 9)',
    });
  });

  it('a run of which not even one window fits is refused, and told so', async () => {
    await expect(check(needed(1) - 1, { batchSize: 64 })).rejects.toMatchObject({
      hint: 'take a smaller model or a shorter context: not even a batch of 1 would fit',
    });
  });

  it('a run with an array larger than the GPU can hold is refused', async () => {
    await expect(check(Infinity, { batchSize: 64 }, LARGEST)).rejects.toMatchObject({
      message:
        'the widest layer’s output takes 512.0 KiB, and an array in the GPU’s memory has at most 160.0 KiB',
      hint: expect.stringMatching(/^take a batch of 20 /),
    });
    await expect(check(Infinity, { batchSize: 1 }, 4095)).rejects.toMatchObject({
      message: expect.stringMatching(/^the widest layer’s output takes 8.0 KiB/),
      hint: expect.stringContaining('not even a batch of 1'),
    });
  });
});

describe.skipIf(missingGpu)(missingGpu ?? 'on webgpu', () => {
  beforeAll(startIdleGpu);

  it('a run is refused before it has begun, and may then begin in the same folder', async () => {
    const folder = temporaryFolder();
    const data = await prepareText(folder);
    const out = join(folder, 'run');
    const engine = { backend: 'webgpu' };
    const flags = { batchSize: 50_000_000, maxSteps: 0 };
    await expect(run({ data, out, flags: { ...flags, maxSteps: 1 } }, {}, engine)).rejects.toMatchObject({
      message: expect.stringMatching(/ takes .* GiB, and an array in the GPU’s memory has at most /),
      hint: expect.stringMatching(/^take a batch of \d+ /),
    });
    expect(hasRun(out)).toBe(false);
    const told: unknown[] = [];
    const onEvent = (event: { type: string; memory?: unknown }) =>
      event.type === 'start' && told.push(event.memory);
    const result = await run({ data, out, flags: { maxSteps: 3 } }, { onEvent }, engine);
    expect(told).toEqual([expect.objectContaining({ total: expect.any(Number) })]);
    expect(result.gpuIdle).toBeGreaterThan(0);
    expect(result.gpuIdle).toBeLessThan(1);
  });
});

describe('with this machine’s memory', () => {
  const batch = (batchSize: number) => trainingSchema.parse({ batchSize });

  it('a run is told what it will hold, and refused with the largest batch that fits', async () => {
    await startBackend('plain');
    const model = createModel(MODEL);
    const trained = { parameters: model.parameters, statePerParameter: () => 2 };
    const { total } = forecast(model, trained, { batchSize: 23, totalBatchTokens: 64 * 32 });
    expect(await checkMemory(model, trained, batch(2), { bytes: total })).toMatchObject({
      whose: 'this machine’s',
    });
    await expect(checkMemory(model, trained, batch(64), { bytes: total })).rejects.toMatchObject({
      message: expect.stringMatching(/^this run, with batchSize 64, needs about .* of this machine’s memory/),
      hint: expect.stringMatching(/^take a batch of 23 /),
    });
    model.dispose();
  });

  it('a run that reads its weights is told what that takes, where it is more than training does', async () => {
    await startBackend('plain');
    const model = createModel({ ...MODEL, vocabSize: 20_000 });
    const [[name, variable]] = [...model.parameters].slice(-1) as [[string, tf.Variable]];
    const trained = { parameters: new Map([[name, variable]]), statePerParameter: () => 2 };
    const training = trainingSchema.parse({ batchSize: 1, window: 1 });
    const sizes = Array.from(model.parameters.values(), ({ size }) => size);
    const reading = 4 * (sizes.reduce((a, b) => a + b) + 2 * Math.max(...sizes));
    const host = { bytes: reading, reads: true };
    const { total } = forecast(model, trained, training);
    expect(total).toBeLessThan(reading);
    expect(await checkMemory(model, trained, training, host)).toMatchObject({ total: reading, reading });
    expect(await checkMemory(model, trained, training, { ...host, reads: false })).toMatchObject({ total });
    await expect(checkMemory(model, trained, training, { ...host, bytes: reading - 1 })).rejects.toThrow(
      'needs about',
    );
    model.dispose();
  });
});

describe('before anything is built', () => {
  it.each([
    [{ layers: 1e9 }, 'layers 1,000,000,000 does not fit', '--layers'],
    [{ width: 2 ** 30 }, 'width 1,073,741,824 does not fit', '--width'],
    [{ context: 1e12 }, 'context 1,000,000,000,000 does not fit', '--context'],
    [{ batchSize: 1e12 }, 'batchSize 1,000,000,000,000 does not fit', '--batch-size'],
  ])('%j is refused with what would fit', async (flags, message, hint) => {
    const folder = temporaryFolder();
    const out = join(folder, 'run');
    const error = await run({ data: await prepareText(folder), out, flags }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      message: expect.stringMatching(new RegExp(`^${message} into this machine’s .*; about [\\d,]+ would$`)),
      hint: `take a smaller ${hint}`,
      exitCode: 2,
    });
    expect(hasRun(out)).toBe(false);
  });

  it('a run is not resumed on a machine that it does not fit into', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'run');
    await run({ data: await prepareText(folder), out, flags: { maxSteps: 3 } }, interruptAt(1));
    const memory = vi.spyOn(process, 'constrainedMemory').mockReturnValue(10_000);
    onTestFinished(() => memory.mockRestore());
    await expect(run({ out, resume: true })).rejects.toThrow(
      'the model does not fit into this machine’s 9.8 KiB of memory',
    );
  });
});
