// A run that is stopped and resumed ends as the run that never stopped, bit for bit; what would break that is refused.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBackend, startRun, UsageError } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { TRAINED_ARCHS } from '../../src/architectures/list.ts';
import { backend as gpu } from '../../src/backends/webgpu/memory.ts';
import { ENGINES, FASTEST, GPUS, missing, missingGpu } from '../on-backends.ts';
import { start } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import {
  type Course,
  courseOf,
  interruptAt,
  prepareFor,
  prepareText,
  recordOf,
  run,
  SETTINGS,
  TEXT,
} from './tiny.ts';
import { trainWordsOn } from './train-words.ts';

const root = temporaryFolder();
let data: string;
beforeAll(async () => {
  data = await prepareText(root);
});

/** Where it is slow, on plain and on a GPU in software: one with attention, one whose memory is a state, one whose memory is inputs. */
const KINDS = ['gpt', 'gru', 'cnn'];

const CASES = [...ENGINES, ...GPUS].flatMap((engine) =>
  (engine.backend === 'native' || missing ? TRAINED_ARCHS : KINDS).map((arch) => ({ engine, arch })),
);

for (const reason of [missing, missingGpu]) if (reason) it.skip(reason, () => {});

describe.each(CASES)('$arch on $engine.name', ({ engine, arch }) => {
  const flags = { maxSteps: 16 };
  const name = folderOf(arch, engine.name);
  let unbroken: Course;
  /** What it held in memory after each step, the first for before it and the last for after it. */
  const held: number[][] = [];
  let data: string;
  beforeAll(async () => {
    data = await prepareFor(arch, root);
    const out = join(root, name);
    await startBackend(engine.backend, engine);
    const hold = () => held.push(inMemory());
    hold();
    await run({ out, data, arch, flags }, { onEvent: ({ type }) => type === 'step' && hold() }, engine);
    hold();
    unbroken = await courseOf(out);
  });

  it('holds no more tensors, nor buffers of a GPU, from step to step, and none in the end', () => {
    expect(held).toHaveLength(1 + 16 + 1);
    expect(held[15]).toEqual(held[6]); // both are looked at: nothing else is under way
    expect(held.at(-1)).toEqual(held[0]);
  });

  it('has two micro-batches a step, dropout, and a loss that falls', async () => {
    const losses = unbroken.log.flatMap((entry) => ('loss' in entry ? [Number(entry.loss)] : []));
    expect(losses).toHaveLength(16);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    expect(unbroken.log.filter((entry) => 'valLoss' in entry)).toHaveLength(1 + 5 + 1);
  });

  it('goes on to the same bits after interruptions at odd steps', async () => {
    const out = join(root, `${name}-interrupted`);
    const first = await run({ out, data, arch, flags }, interruptAt(5), engine);
    const step = engine.backend === 'webgpu' ? 6 : 5; // which has begun by then, and is to be evaluated
    const last = `step-00000${step}`;
    expect(first).toMatchObject({ ended: 'interrupted', step, last });
    expect(await recordOf(out)).toMatchObject({ status: 'interrupted', last });
    // 9 is a step with an evaluation: it must be neither repeated nor lost.
    const second = await run({ out, resume: true }, interruptAt(9), engine);
    expect(second).toMatchObject({ ended: 'interrupted', step: 9 });
    const third = await run({ out, resume: true }, {}, engine);
    expect(third).toMatchObject({ ended: 'budget', step: 16 });
    expect(await courseOf(out)).toEqual(unbroken);
    expect(await recordOf(out)).toMatchObject({ status: 'finished', precision: engine.precision });
  });

  if (engine.backend === 'webgpu') {
    // The CPU's engines: killed.test.ts.
    if (arch === 'gpt')
      it('goes on to the same bits after it was killed', async () => {
        const out = join(root, `${name}-killed`);
        const words = ['--data', data, '--arch', arch];
        const { child, ended, said } = start(trainWordsOn(engine, out, { ...SETTINGS, ...flags }, ...words));
        await said('step 6:'); // its evaluation
        child.kill('SIGKILL');
        expect(await ended).toMatchObject({ signal: 'SIGKILL' });
        await run({ out, resume: true }, {}, engine);
        expect(await courseOf(out)).toEqual(unbroken);
      });
    return;
  }

  it('goes on to the same bits after maxSeconds stopped it', async () => {
    const out = join(root, `${name}-clock`);
    const first = await run({ out, data, arch, flags: { ...flags, maxSeconds: 1e-6 } }, {}, engine);
    expect(first).toMatchObject({ ended: 'budget', step: 1, last: 'step-000001' });
    await run({ out, resume: true, flags: { maxSeconds: 1000 } }, {}, engine);
    const { weights, optimizer, log } = await courseOf(out);
    expect({ weights, optimizer }).toEqual({ weights: unbroken.weights, optimizer: unbroken.optimizer });
    // A run that ends is evaluated where it ends.
    const atTheEnd = log.filter((entry) => 'valLoss' in entry && 'step' in entry && entry.step === 1);
    expect(atTheEnd).toHaveLength(1);
    expect(log.filter((entry) => !atTheEnd.includes(entry))).toEqual(unbroken.log);
  });
});

function inMemory(): number[] {
  const { numTensors, numDataBuffers } = tf.memory();
  const buffers = tf.getBackend() === 'webgpu' ? gpu().bufferManager.getNumUsedBuffers() : 0;
  return [numTensors, numDataBuffers, buffers];
}

it('a finished run that is resumed has nothing left to do', async () => {
  const out = join(root, 'finished');
  await run({ out, data, flags: { maxSteps: 16 } });
  const before = await courseOf(out);
  expect(await run({ out, resume: true })).toMatchObject({ ended: 'budget', step: 16, last: 'step-000016' });
  expect(await courseOf(out)).toEqual(before);
});

it('a run that is resumed before its first step does not evaluate the untrained model again', async () => {
  const out = join(root, 'at-once');
  const controller = new AbortController();
  controller.abort();
  const flags = { maxSteps: 16 };
  expect(await run({ out, data, flags }, { signal: controller.signal })).toMatchObject({ step: 0 });
  await run({ out, resume: true });
  const unbroken = join(root, 'not-at-once');
  await run({ out: unbroken, data, flags });
  expect(await courseOf(out)).toEqual(await courseOf(unbroken));
});

it('a run that stopped early takes no further step when it is resumed, unless with more patience', async () => {
  const out = join(root, 'early');
  // So high a rate that the validation loss only rises.
  const flags = { maxSteps: 40, earlyStop: 2, learningRate: 3, warmupSteps: 0, clip: 0 };
  const first = await run({ out, data, flags });
  expect(first).toMatchObject({ ended: 'early stop', step: 6, best: 'step-000000', last: 'step-000006' });
  const stopped = await courseOf(out);
  expect(await run({ out, resume: true })).toMatchObject({ ended: 'early stop', step: 6 });
  expect(await courseOf(out)).toEqual(stopped);
  const patient = await run({ out, resume: true, flags: { earlyStop: 4 } });
  expect(patient).toMatchObject({ ended: 'early stop', step: 12 });
});

describe('a run resumed with changed settings', () => {
  let out: string;
  beforeAll(async () => {
    out = join(root, 'changed');
    await run({ out, data, flags: { maxSteps: 12 } }, interruptAt(3));
  });

  async function refusalOf(change: Partial<Parameters<typeof run>[0]>): Promise<UsageError> {
    const before = readFileSync(join(out, 'run.json'), 'utf8');
    const error = await run({ out, resume: true, ...change }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UsageError);
    expect(readFileSync(join(out, 'run.json'), 'utf8')).toBe(before);
    return error as UsageError;
  }

  it.each([
    [{ flags: { width: '16' } }, 'width was 8, now 16'],
    [{ flags: { dropout: 0 } }, 'dropout was 0.2, now 0'],
    [{ flags: { seed: 7, batchSize: 4 } }, 'batchSize was 2, now 4; seed was 1337, now 7'],
    [{ flags: { maxSteps: 13 } }, 'maxSteps was 12, now 13'],
    [{ flags: { maxTokens: 64 } }, 'maxTokens was not set, now 64'],
    [{ flags: { warmupSteps: 3 } }, 'warmupSteps was 0, now 3'],
    [{ file: { learningRate: 1 } }, 'learningRate was 0.01, now 1'],
    [{ preset: 'baby' }, 'layers was 1, now 4'],
    [{ arch: 'lstm' as const }, 'arch was gpt, now lstm'],
    [{ init: 'checkpoints/x' }, 'init was not set, now checkpoints/x'],
    [{ overfitOneBatch: true }, 'overfit-one-batch was false, now true'],
  ])('is refused with %j', async (change, difference) => {
    const { message, hint } = await refusalOf(change);
    expect(message).toContain('a resumed run must end as if it had never stopped');
    expect(message).toContain(difference);
    expect(hint).toContain('--init');
  });

  it('is refused with a checkpoint that is not there, and told those that are', async () => {
    const { message, hint } = await refusalOf({ resume: 'step-000099' });
    expect(message).toBe(`${out} has no checkpoint step-000099`);
    expect(hint).toMatch(/step-000002, step-000003/);
  });

  it('is refused with another text, but not with the same text elsewhere', async () => {
    const other = await prepareText(join(root, 'other'), TEXT.replaceAll('sea', 'see'));
    await expect(run({ out, resume: true, data: other })).rejects.toThrow(
      `${other} is not the text this run was trained on`,
    );
    const same = await prepareText(join(root, 'same'));
    await run({ out, resume: true, data: same }, interruptAt(4));
    expect((await recordOf(out)).data.folder).toBe(same);
  });

  it('takes and stores settings that change no weight, and the weights come out the same', async () => {
    const flags = { evalInterval: 4, checkpointInterval: 3, keepLast: 3, evalTokens: 16, earlyStop: 100 };
    const changes: string[] = [];
    await run({ out, resume: true, flags }, { onPlan: (plan) => changes.push(...plan.changes) });
    expect(changes.sort()).toEqual([
      'checkpointInterval was 2, now 3',
      'earlyStop was 0, now 100',
      'evalInterval was 3, now 4',
      'evalTokens was 32, now 16',
      'keepLast was 2, now 3',
    ]);
    const { settings } = await recordOf(out);
    expect(settings).toMatchObject({ ...flags, maxSteps: 12 });
    const unbroken = join(root, 'not-changed');
    await run({ out: unbroken, data, flags: { maxSteps: 12 } });
    const { weights, optimizer } = await courseOf(unbroken);
    expect(await courseOf(out)).toMatchObject({ weights, optimizer });
  });

  it('takes more steps under a constant schedule, and keeps the warm-up as it was', async () => {
    const constant = join(root, 'constant');
    // 40 steps warm up in 2, 400 would in 20: the warm-up must stay what it was.
    const flags = { schedule: 'constant', maxSteps: 40 };
    await run({ out: constant, data, flags }, interruptAt(1));
    await run({ out: constant, resume: true, flags: { maxSteps: 400 } }, interruptAt(5));
    const direct = join(root, 'constant-direct');
    await run({ out: direct, data, flags }, interruptAt(5));
    const { log: _, ...longer } = await courseOf(constant);
    expect(await courseOf(direct)).toMatchObject(longer);
    expect((await recordOf(constant)).settings).toMatchObject({ maxSteps: 400, warmupSteps: 2 });
  });

  it('keeps its precision, and is refused with another', async () => {
    const file = join(out, 'run.json');
    const stored = readFileSync(file, 'utf8');
    const seen: string[] = [];
    await run(
      { out, resume: true },
      { onPlan: (_, { precision, whyPrecision }) => seen.push(precision, whyPrecision) },
      { backend: FASTEST.backend },
    );
    expect(seen).toEqual(['fp32', 'as before']);
    try {
      writeFileSync(file, JSON.stringify({ ...JSON.parse(stored), precision: 'bf16' }));
      const resume = (precision?: string) => startRun({ out, resume: true }, { backend: 'plain', precision });
      await expect(resume()).rejects.toThrow('the backend plain cannot compute in bf16 here');
      await expect(resume('fp32')).rejects.toThrow('precision was bf16, now fp32');
    } finally {
      writeFileSync(file, stored);
    }
  });

  it.skipIf(missing)('keeps its backend, and is refused with another', async () => {
    const seen: string[] = [];
    await run(
      { out, resume: true },
      { onPlan: ({ record: { backend } }, { why }) => seen.push(backend.name, why) },
      {},
    );
    expect(seen).toEqual(['native', 'as before']);
    await expect(run({ out, resume: true }, {}, { backend: 'plain' })).rejects.toThrow(
      'backend was native, now plain',
    );
  });

  it('is refused without --resume: a folder that holds a run is not trained over', async () => {
    const error = await run({ out, data }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      message: `${out} already holds a run`,
      hint: expect.stringContaining('--resume'),
      exitCode: 2,
    });
  });

  it('is refused in a folder without a run', async () => {
    await expect(run({ out: join(root, 'nowhere'), resume: true })).rejects.toThrow(
      `there is no ${join(root, 'nowhere', 'run.json')}`,
    );
  });
});

function folderOf(arch: string, engine: string): string {
  return `${arch}-${engine.replace(' ', '-')}`;
}
