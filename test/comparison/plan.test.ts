// How many steps a budget is, and that a comparison keeps its plan.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBackend } from '../../src/backends/index.ts';
import { trainingFlops } from '../../src/benchmark/measure.ts';
import { plannedTokens, stepsFor } from '../../src/comparison/budget.ts';
import { entrantsOf } from '../../src/comparison/match.ts';
import { withSteps } from '../../src/comparison/plan.ts';
import { pairsOf } from '../../src/data/pairs.ts';
import { tokensOf } from '../../src/data/tokens.ts';
import { batchAt } from '../../src/tasks/pairs/batches.ts';
import { createModel } from '../made-models.ts';
import { contestants } from './contestants.ts';

beforeAll(() => startBackend('plain'));

const root = mkdtempSync(join(tmpdir(), 'tsgpt-plan-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** All that is read is full windows of it. */
const train = tokensOf(Array(100).fill(1));

// 12 windows of 64 tokens make 768 a step
const entrants = (flags: Record<string, unknown> = {}) =>
  entrantsOf(contestants(['gpt', 'lstm'], { layers: 1, width: 16, ...flags }), {
    sizesFor: () => ({ vocabSize: 65 }),
    match: 'none',
  });

it('tokens are rounded up to whole steps, with as many batches in each as the settings say', async () => {
  const [{ model, settings }] = entrants() as [ReturnType<typeof entrants>[0]];
  expect(await stepsFor({ tokens: 7700 }, { model, settings }, train)).toBe(11);
  const larger = { ...settings, totalBatchTokens: 1000 }; // steps of 1536
  expect(await stepsFor({ tokens: 7700 }, { model, settings: larger }, train)).toBe(6);
  expect(await stepsFor({ tokens: 768 * 5000 }, { model, settings }, train)).toBe(5000);
});

it('pairs count by the tokens that they have, of which a step reads more here and fewer there', async () => {
  const [entrant] = entrantsOf(contestants(['seq2seq'], { layers: 1, width: 16, batchSize: 2 }), {
    sizesFor: () => ({ vocabSize: 9, sourceVocabSize: 9, end: 0 }),
    match: 'none',
  });
  const text = (length: number) => new Int32Array(length).fill(1);
  const pairs = pairsOf([1, 2, 3, 30].map((length) => ({ source: text(length), target: text(length) })));
  const { model, settings } = entrant!;
  const place = { batchSize: 2, context: model.context, seed: settings.seed, micro: 0 };
  let read = 0;
  for (let step = 0; step < 7; step++) read += batchAt(pairs, { ...place, step }).size;
  expect(await stepsFor({ tokens: read }, entrant!, pairs)).toBe(7);
  expect(await stepsFor({ tokens: read + 1 }, entrant!, pairs)).toBe(8);
  const meanOfStep = 2 * (2 * 9 + 1);
  const many = await stepsFor({ tokens: 5000 * meanOfStep }, entrant!, pairs);
  expect(Math.abs(many / 5000 - 1)).toBeLessThan(0.25); // 200 steps of two pairs, whose lengths differ much
  expect(await plannedTokens({ model, settings: { ...settings, maxSteps: 7 } }, pairs)).toBe(read);
});

it('operations are those of whole steps of that model', async () => {
  for (const entrant of entrants()) {
    const made = createModel(entrant.model);
    const perStep = 768 * trainingFlops(made);
    made.dispose();
    expect(await stepsFor({ flops: 10 * perStep }, entrant, train)).toBe(10);
    expect(await stepsFor({ flops: 10 * perStep + 1 }, entrant, train)).toBe(11);
  }
});

it('seconds are as many steps as fit by the speed of the first', async () => {
  const [gpt] = entrants();
  const few = await stepsFor({ seconds: 1 }, gpt!, train);
  const many = await stepsFor({ seconds: 100 }, gpt!, train);
  expect(few).toBeGreaterThan(0);
  expect(many / few).toBeGreaterThan(10); // 100, were it not for noise and rounding
});

it('a plan is kept, added to, and not changed', async () => {
  const out = join(root, 'kept');
  mkdirSync(out);
  const [gpt, lstm] = entrants();
  const steps = async (of: ReturnType<typeof entrants>, seconds: number) =>
    (await withSteps(of, { seconds }, out, { evalInterval: undefined, train })).map(
      ({ settings }) => settings.maxSteps,
    );
  const [first] = await steps([gpt!], 1);
  const [again, second] = await steps([gpt!, lstm!], 1);
  expect(again).toBe(first);
  expect(await steps([gpt!, lstm!], 1)).toEqual([first, second]);
  await expect(steps([gpt!], 2)).rejects.toThrow(
    'holds a comparison with a budget of 1 seconds, not 2 seconds',
  );
});

it('a curve has twenty points unless the user says how often to evaluate', async () => {
  const settings = async (name: string, evalInterval?: number) =>
    (await withSteps(entrants(), { tokens: 768 * 200 }, join(root, name), { evalInterval, train }))[0]!
      .settings;
  for (const name of ['usual', 'asked']) mkdirSync(join(root, name));
  expect(await settings('usual')).toMatchObject({ maxSteps: 200, maxTokens: undefined, evalInterval: 10 });
  expect((await settings('asked', 7)).evalInterval).toBe(7);
});
