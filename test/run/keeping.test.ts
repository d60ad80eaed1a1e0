// Which checkpoints a run keeps, when it stops, and what its folder holds: run.json, log.jsonl, checkpoints.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openModel } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import { listCheckpoints } from '../../src/checkpoint/on-disk.ts';
import { FASTEST } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { prepareText, recordOf, run } from './tiny.ts';

const root = temporaryFolder();
/** So high a rate that the validation loss only rises. */
const WORSENING = { learningRate: 3, warmupSteps: 0, clip: 0 };

let data: string;
beforeAll(async () => {
  data = await prepareText(root);
});

it('a run keeps its best checkpoint and its last few', async () => {
  const out = join(root, 'worsening');
  const result = await run({ out, data, flags: { ...WORSENING, maxSteps: 11, keepLast: 3 } });
  expect(result).toMatchObject({ best: 'step-000000', last: 'step-000011' });
  expect(result.valLoss).toBeGreaterThan(result.bestValLoss!);
  expect(await listCheckpoints(out)).toEqual(['step-000000', 'step-000008', 'step-000010', 'step-000011']);
  for (const [which, folder] of [
    ['best', 'step-000000'],
    ['last', 'step-000011'],
  ] as const) {
    const opened = await openModel(out, which);
    expect(opened.folder).toBe(join(out, folder));
    opened.model.dispose();
  }
});

it('a new best is saved though no checkpoint is due', async () => {
  const out = join(root, 'improving');
  const flags = { maxSteps: 9, evalInterval: 3, checkpointInterval: 1000, keepLast: 1 };
  const saved: string[] = [];
  await run(
    { out, data, flags },
    { onEvent: (event) => event.type === 'checkpoint' && event.isBest && saved.push(event.name) },
  );
  expect(saved).toEqual(['step-000000', 'step-000003', 'step-000006', 'step-000009']);
  expect(await listCheckpoints(out)).toEqual(['step-000009']);
});

it('a run with earlyStop ends after as many evaluations without a new best', async () => {
  const out = join(root, 'early');
  const flags = { ...WORSENING, maxSteps: 100, earlyStop: 3, evalInterval: 2, checkpointInterval: 50 };
  expect(await run({ out, data, flags })).toMatchObject({
    ended: 'early stop',
    step: 6,
    best: 'step-000000',
    last: 'step-000006',
  });
  expect(await recordOf(out)).toMatchObject({ status: 'finished' });
});

it('a run with maxTokens ends after them, and says how many they were', async () => {
  const result = await run({ out: join(root, 'tokens'), data, flags: { maxTokens: 70 } });
  expect(result).toMatchObject({ ended: 'budget', step: 3, tokens: 96, last: 'step-000003' });
});

it('a run with maxSeconds ends after them, evaluated and saved where it stands', async () => {
  const out = join(root, 'seconds');
  const flags = { maxSteps: 100_000, maxSeconds: 0.2, evalInterval: 1000, checkpointInterval: 1000 };
  const { ended, step, seconds, last, valLoss } = await run({ out, data, flags });
  expect(ended).toBe('budget');
  expect(seconds).toBeGreaterThanOrEqual(0.2);
  expect(step).toBeGreaterThan(0);
  expect(last).toBe(`step-${String(step).padStart(6, '0')}`);
  const evaluations = logOf(out).filter((entry) => 'valLoss' in entry);
  expect(evaluations.map((entry) => entry.step)).toEqual([0, step]);
  expect(evaluations.at(-1)!.valLoss).toBe(valLoss);
});

it('a run with init begins with the weights of another run', async () => {
  const parent = join(root, 'parent');
  await run({ out: parent, data, flags: { maxSteps: 3 } });
  const [opened, out] = [await openModel(parent), join(root, 'child')];
  const wanted = [...opened.model.parameters].map(([name, weight]) => [name, Array.from(weight.dataSync())]);
  opened.model.dispose();
  await run({ out, data, init: parent, flags: { maxSteps: 1, checkpointInterval: 1 } });
  expect(logOf(out)[0]!.valLoss).toBe(logOf(parent).at(-1)!.valLoss);
  const { model } = await openModel(join(out, 'step-000000'));
  expect([...model.parameters].map(([name, weight]) => [name, Array.from(weight.dataSync())])).toEqual(
    wanted,
  );
  model.dispose();
  expect(await recordOf(out)).toMatchObject({ init: { given: parent } });
});

describe('a run’s folder', () => {
  let out: string;
  let begun: number;
  beforeAll(async () => {
    out = join(root, 'folder');
    begun = Date.now();
    await run({ out, data, flags: { maxSteps: 6 } });
  });

  it('holds run.json, log.jsonl and checkpoints, and nothing else', async () => {
    expect(readdirSync(out).sort()).toEqual(['log.jsonl', 'run.json', 'step-000004', 'step-000006']);
    expect(readdirSync(join(out, 'step-000006'))).toEqual(
      expect.arrayContaining([
        'config.json',
        'generation_config.json',
        'model.safetensors',
        'optimizer.safetensors',
        'state.json',
        'tokenizer.json',
        'tokenizer_config.json',
      ]),
    );
  });

  it('run.json says what the run is and where it stands', () => {
    const record = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    expect(record).toMatchObject({
      format: 1,
      arch: 'gpt',
      settings: { layers: 1, width: 8, dropout: 0.2, maxSteps: 6, learningRate: 0.01, schedule: 'cosine' },
      data: { folder: data, train: expect.stringMatching(/^[0-9a-f]{64}$/) },
      backend: { name: FASTEST.backend },
      precision: FASTEST.precision,
      machine: { node: process.version },
      status: 'finished',
      best: 'step-000006',
      last: 'step-000006',
    });
    const created = Date.parse(record.created);
    expect(created).toBeGreaterThanOrEqual(begun);
    expect(created).toBeLessThanOrEqual(Date.now());
  });

  it('log.jsonl has one object a step and one an evaluation', () => {
    const entries = logOf(out);
    const steps = entries.filter((entry) => 'loss' in entry);
    expect(steps.map((entry) => entry.step)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const entry of steps) {
      expect(Object.keys(entry)).toEqual([
        'step',
        'tokens',
        'loss',
        'lr',
        'gradNorm',
        'tokensPerSecond',
        'ms',
      ]);
      expect(Object.values(entry).every((value) => Number.isFinite(value) && value > 0)).toBe(true);
      expect(entry.tokens).toBe(32 * entry.step!);
      expect(entry.tokensPerSecond).toBeCloseTo((32 / entry.ms!) * 1000, 6);
    }
    // 22 letters or so: the first loss of an untrained model is about that of a guess.
    const letters = JSON.parse(readFileSync(join(data, 'meta.json'), 'utf8')).tokenizer.vocabSize;
    expect(Math.abs(steps[0]!.loss! - Math.log(letters))).toBeLessThan(0.3);
    const evaluations = entries.filter((entry) => 'valLoss' in entry);
    expect(evaluations.map((entry) => entry.step)).toEqual([0, 3, 6]);
    for (const { valLoss, bitsPerByte } of evaluations) {
      expect(bitsPerByte).toBeCloseTo(valLoss! / Math.LN2, 6); // one character is one byte here
    }
  });
});

function logOf(folder: string): Record<string, number>[] {
  const lines = readFileSync(join(folder, 'log.jsonl'), 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line));
}
