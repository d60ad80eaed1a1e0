// How many steps a budget is, and that a comparison keeps its plan.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBackend } from '../../src/backends/index.ts';
import { trainingFlops } from '../../src/benchmark/measure.ts';
import { stepsFor } from '../../src/comparison/budget.ts';
import { entrantsOf } from '../../src/comparison/match.ts';
import { withSteps } from '../../src/comparison/plan.ts';
import { createModel } from '../made-models.ts';
import { contestants } from './contestants.ts';

beforeAll(() => startBackend('plain'));

const root = mkdtempSync(join(tmpdir(), 'tsgpt-plan-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

// 12 windows of 64 tokens make 768 a step
const entrants = (flags: Record<string, unknown> = {}) =>
  entrantsOf(contestants(['gpt', 'lstm'], { layers: 1, width: 16, ...flags }), {
    sizesFor: () => ({ vocabSize: 65 }),
    match: 'none',
  });

it('tokens are rounded up to whole steps, with as many batches in each as the settings say', async () => {
  const [{ model, settings }] = entrants() as [ReturnType<typeof entrants>[0]];
  expect(await stepsFor({ tokens: 7700 }, model, settings)).toBe(11);
  expect(await stepsFor({ tokens: 7700 }, model, { ...settings, totalBatchTokens: 1000 })).toBe(6); // of 1536
});

it('operations are those of whole steps of that model', async () => {
  for (const { model, settings } of entrants()) {
    const made = createModel(model);
    const perStep = 768 * trainingFlops(made);
    made.dispose();
    expect(await stepsFor({ flops: 10 * perStep }, model, settings)).toBe(10);
    expect(await stepsFor({ flops: 10 * perStep + 1 }, model, settings)).toBe(11);
  }
});

it('seconds are as many steps as fit by the speed of the first', async () => {
  const [{ model, settings }] = entrants() as [ReturnType<typeof entrants>[0]];
  const few = await stepsFor({ seconds: 1 }, model, settings);
  const many = await stepsFor({ seconds: 100 }, model, settings);
  expect(few).toBeGreaterThan(0);
  expect(many / few).toBeGreaterThan(10); // 100, were it not for noise and rounding
});

it('a plan is kept, added to, and not changed', async () => {
  const out = join(root, 'kept');
  mkdirSync(out);
  const [gpt, lstm] = entrants();
  const steps = async (of: ReturnType<typeof entrants>, seconds: number) =>
    (await withSteps(of, { seconds }, out, undefined)).map(({ settings }) => settings.maxSteps);
  const [first] = await steps([gpt!], 1);
  const [again, second] = await steps([gpt!, lstm!], 1);
  expect(again).toBe(first);
  expect(await steps([gpt!, lstm!], 1)).toEqual([first, second]);
  await expect(steps([gpt!], 2)).rejects.toThrow(
    'holds a comparison with a budget of 1 seconds, not 2 seconds',
  );
});

it('a curve has twenty points unless the user says how often to evaluate', async () => {
  const settings = async (name: string, interval?: number) =>
    (await withSteps(entrants(), { tokens: 768 * 200 }, join(root, name), interval))[0]!.settings;
  for (const name of ['usual', 'asked']) mkdirSync(join(root, name));
  expect(await settings('usual')).toMatchObject({ maxSteps: 200, maxTokens: undefined, evalInterval: 10 });
  expect((await settings('asked', 7)).evalInterval).toBe(7);
});
