import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { startBackend } from '../../src/backends/index.ts';
import { type CompareOptions, compare } from '../../src/comparison/compare.ts';
import { openDataset } from '../../src/data/dataset.ts';
import { prepareData } from '../../src/data/prepare.ts';
import { byteLengths } from '../../src/evaluation/bits-per-byte.ts';
import { openModel } from '../../src/run/open.ts';
import { evaluate } from '../../src/tasks/next-token/evaluate.ts';
import { tokenizerFor } from '../../src/tokenizers/choose.ts';
import { sourceOf } from '../data/stand-ins.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const root = temporaryFolder();

const data = join(root, 'data');
// Documents of 'ab' or 'ba' pairs, each of 16 fair choices: 16 ln 2 nats in 33 tokens (with end of text) of 32 bytes.
const documents = Array.from({ length: 60 }, (_, d) => [
  Array.from({ length: 16 }, (_, i) => ((d * 7919) >> (i % 9)) & 1)
    .map((bit) => (bit ? 'ab' : 'ba'))
    .join(''),
]);
const flags = {
  layers: 1,
  heads: 2,
  width: 8,
  context: 8,
  batchSize: 2,
  evalInterval: 2,
  learningRate: 0.01,
};
const options = (name: string, more: Partial<CompareOptions> = {}): CompareOptions => ({
  out: join(root, name),
  data,
  archs: ['gpt', 'lstm'],
  budget: { tokens: 90 }, // 5.6 steps of 16 tokens
  backend: 'plain',
  settings: { flags },
  ...more,
});

beforeAll(async () => {
  const source = sourceOf(documents, () => 16 * Math.LN2);
  const tokenizer = await tokenizerFor('char', source);
  await prepareData({ source, tokenizer, out: data, valFraction: 0.1, seed: 1 });
});

it('trains both on the same tokens and measures them as eval does', async () => {
  const report = await compare(options('whole'));
  const out = join(root, 'whole');
  const [gpt, lstm] = report.entries;
  expect(report.entries.map(({ arch, runs }) => [arch, runs[0]!.tokens])).toEqual([
    ['gpt', 96],
    ['lstm', 96],
  ]);
  expect(Math.abs(lstm!.parameters / gpt!.parameters - 1)).toBeLessThan(0.15);
  expect(gpt!.runs[0]!.curve.map(({ tokens }) => tokens)).toEqual([0, 32, 64, 96]);
  expect(gpt!.runs[0]!.afresh).toEqual(gpt!.runs[0]!.evaluation);
  expect(lstm!.runs[0]!.afresh.loss).not.toBe(lstm!.runs[0]!.evaluation.loss);

  const dataset = openDataset(data, 'tokens');
  const { documents: held } = dataset.meta.splits.val;
  expect(report.floor!.loss).toBeCloseTo((16 * Math.LN2) / 33, 10);
  expect(report.floor!.bitsPerByte).toBeCloseTo(0.5, 10);
  await startBackend('plain');
  const { model, tokenizer } = await openModel(join(out, 'lstm'));
  const again = await evaluate(model, dataset.val, { byteLength: byteLengths(tokenizer) });
  expect(lstm!.runs[0]!.evaluation).toEqual(again);
  expect(again.tokens).toBe(33 * held - 1);
  model.dispose();
  dataset.close();

  expect(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(report)),
  );
  expect(readFileSync(join(out, 'report.md'), 'utf8')).toContain('| lstm |');
});

it('goes on where it was stopped, and ends as if it had not been', async () => {
  const whole = await compare(options('whole')); // finished: only measured again
  const stop = new AbortController();
  let notes = 0;
  const progress = {
    live: (text: string) => text.startsWith('lstm: step 3') && stop.abort(),
    note: () => void notes++,
    end() {},
  };
  const interrupted = compare(options('stopped', { signal: stop.signal, progress }));
  await expect(interrupted).rejects.toHaveProperty('name', 'AbortError');
  expect(notes).toBe(3); // gpt begins, gpt ends, lstm begins
  expect(existsSync(join(root, 'stopped', 'lstm', 'step-000003'))).toBe(true);
  expect(existsSync(join(root, 'stopped', 'report.md'))).toBe(false);

  const resumed = await compare(options('stopped'));
  const lasting = ({ entries }: typeof whole) =>
    entries.flatMap(({ runs }) =>
      runs.map(({ evaluation, sample, profile, curve }) => ({
        evaluation,
        sample,
        profile,
        curve: curve.map(({ tokens, loss }) => [tokens, loss]),
      })),
    );
  expect(lasting(resumed)).toEqual(lasting(whole));
});

it('does not mix two comparisons in one folder', async () => {
  const other = options('whole', { settings: { flags: { ...flags, width: 12 } } });
  await expect(compare(other)).rejects.toMatchObject({
    message: expect.stringContaining('width was 8, now 12'),
    hint: expect.stringContaining('choose another --out'),
  });
});

it('trains each from every seed, with the learning rate that it found', async () => {
  const report = await compare(options('seeds', { archs: ['gpt'], seeds: 2, sweep: true }));
  const [{ runs, loss, sweep, settings }] = report.entries as [(typeof report.entries)[0]];
  expect(runs.map(({ seed }) => seed)).toEqual([1337, 1338]);
  const losses = runs.map(({ evaluation }) => evaluation.loss);
  expect(losses[0]).not.toBe(losses[1]);
  expect(loss.mean).toBeCloseTo((losses[0]! + losses[1]!) / 2, 12);
  expect(sweep!.length).toBeGreaterThanOrEqual(5);
  const best = sweep!.reduce((a, b) => (b.loss < a.loss ? b : a));
  expect(settings.learningRate).toBe(best.rate);
  expect(settings.minLearningRate / settings.learningRate).toBeCloseTo(1e-4 / 0.01, 10);
});

it('trains a ladder of sizes, and fits a law to each architecture', async () => {
  const sizes = [400, 800, 1600].map((parameters) => ({ label: `${parameters}`, parameters }));
  const report = await compare(options('sizes', { sizes }));
  expect(report.entries.map(({ name }) => name)).toContain('lstm 1600');
  expect(report.scaling!.map(({ arch, points }) => [arch, points.length])).toEqual([
    ['gpt', 3],
    ['lstm', 3],
  ]);
});

it('puts compressors beside, by what the validation text adds to the training text', async () => {
  const { compressors } = await compare(options('whole'));
  const gzip = compressors.find(({ name }) => name === 'gzip -9')!;
  expect(gzip.bitsPerByte).toBeGreaterThan(0.5); // the entropy
  expect(gzip.bitsPerByte).toBeLessThan(2);
});

it('takes the budget of the first that is trained, where none is given, and goes on with it', async () => {
  const { budget: _, ...asked } = options('own-budget', { archs: ['ngram', 'gpt'] });
  const again = { ...asked, settings: { flags: { ...flags, maxSteps: 3 } } };
  for (let time = 0; time < 2; time++)
    expect((await compare(again)).entries[1]!.runs[0]!.tokens).toBe(3 * 16);
});

it('takes in one that is fitted: once, without a budget, and never as the size of the others', async () => {
  const report = await compare(options('fitted', { archs: ['ngram', 'gpt'], seeds: 2, sweep: true }));
  const [ngram, gpt] = report.entries;
  expect(ngram).toMatchObject({ arch: 'ngram', sweep: undefined, flopsPerToken: 0 });
  expect(ngram!.runs).toHaveLength(1);
  expect(ngram!.runs[0]!.tokens).toBeGreaterThan(1000); // the whole split
  expect(ngram!.parameters).toBeGreaterThan(0);
  expect(gpt!.settings.width).toBe(8);
  expect(gpt!.runs).toHaveLength(2);
});
