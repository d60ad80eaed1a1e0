// A run that learns whole texts: stopped and resumed, or killed, it ends with the same bits, though its loss changes with the step.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openText, prepareData, tokenizerFor } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LatentModel } from '../../src/architectures/latent-model.ts';
import { startBackend } from '../../src/backends/index.ts';
import { keyFor } from '../../src/base/random.ts';
import { openDataset } from '../../src/data/dataset.ts';
import { batchAt, type TextBatch } from '../../src/tasks/documents/batches.ts';
import { learning } from '../../src/tasks/documents/learning.ts';
import { meanGradient } from '../../src/training/accumulation.ts';
import { configOf, createAnyModel } from '../made-models.ts';
import { ENGINES, FASTEST, missing } from '../on-backends.ts';
import { start } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { courseOf, interruptAt, prepareText, run, SETTINGS, TEXT } from './tiny.ts';
import { trainWordsOn } from './train-words.ts';

const root = temporaryFolder();
const data = join(root, 'documents');
const FLAGS = { maxSteps: 12, klAnnealSteps: 8, wordDropout: 0.3, freeBits: 0.1, latent: 4 };

/** Forty documents of one to some words, of which a few are longer than the context. */
beforeAll(async () => {
  const file = join(root, 'texts.jsonl');
  const words = TEXT.split(' ');
  const texts = Array.from({ length: 40 }, (_, i) => words.slice(3 * i, 3 * i + 1 + (i % 3)).join(' '));
  writeFileSync(file, texts.map((text) => JSON.stringify({ text })).join('\n'));
  const source = await openText([file]);
  await prepareData({
    source,
    tokenizer: await tokenizerFor('char', source),
    out: data,
    valFraction: 0.2,
    seed: 1,
  });
});

if (missing) it.skip(missing, () => {});

describe.each(ENGINES)('on $name', (engine) => {
  it.each(['lstm', 'transformer'])(
    '%s: goes on to the same bits after interruptions at odd steps',
    async (side) => {
      const flags = { ...FLAGS, encoder: side, decoder: side };
      const request = { data, arch: 'vae', flags };
      const out = join(root, `${engine.name} ${side}`);
      await run({ ...request, out: `${out} whole` }, {}, engine);
      await run({ ...request, out }, interruptAt(5), engine);
      await run({ out, resume: true }, interruptAt(9), engine);
      const last = await run({ out, resume: true }, {}, engine);
      expect(last).toMatchObject({ ended: 'budget', step: 12 });
      expect(await courseOf(out)).toEqual(await courseOf(`${out} whole`));
    },
  );
});

it('goes on to the same bits after it was killed', async () => {
  const [whole, out] = [join(root, 'whole'), join(root, 'killed')];
  const flags = { ...SETTINGS, ...FLAGS };
  const words = ['--data', data, '--arch', 'vae'];
  await run({ out: whole, data, arch: 'vae', flags: FLAGS });
  const { child, ended, said } = start(trainWordsOn(FASTEST, out, flags, ...words));
  await said('step 6:');
  child.kill('SIGKILL');
  expect(await ended).toMatchObject({ signal: 'SIGKILL' });
  await run({ out, resume: true });
  expect(await courseOf(out)).toEqual(await courseOf(whole));
});

it('a text of one document is refused before anything is built, whether its tokenizer has an end-of-text or not', async () => {
  const folder = join(root, 'one');
  const characters = await prepareText(folder);
  const bytes = join(folder, 'bytes');
  const source = await openText([join(folder, 'text.txt')]);
  await prepareData({
    source,
    tokenizer: await tokenizerFor('byte', source),
    out: bytes,
    valFraction: 0.1,
    seed: 1,
  });
  const runOn = (data: string) => run({ out: join(root, 'refused'), data, arch: 'vae' });
  await expect(runOn(characters)).rejects.toThrow('expected a tokenizer with an end-of-text token');
  await expect(runOn(bytes)).rejects.toThrow('expected a text of several documents');
  expect(existsSync(join(root, 'refused'))).toBe(false);
});

it('two micro-batches of texts of different lengths have the gradient of one batch of both', async () => {
  await startBackend(FASTEST.backend, { precision: 'fp32' });
  const { train, meta, close } = openDataset(data, 'tokens');
  const sizes = { vocabSize: meta.tokenizer.vocabSize, end: meta.tokenizer.endOfText! };
  const model = createAnyModel(
    configOf('vae', { ...sizes, ...FLAGS, width: 8, context: 8 }),
    1,
  ) as LatentModel;
  const place = { batchSize: 3, context: 8, seed: 1, step: 4 };
  const batches = [0, 1].map((micro) => batchAt(train, { ...place, micro }));
  const [a, b] = batches as [TextBatch, TextBatch];
  const both = {
    ...a,
    texts: [...a.texts, ...b.texts],
    size: a.size + b.size,
    counted: a.counted + b.counted,
  };
  expect(a.counted).not.toBe(b.counted);
  const gradientOf = async (parts: TextBatch[]) => {
    const loss = (batch: TextBatch) => learning.loss(model, batch, {});
    const mean = await meanGradient(model.parameters, {
      batches: parts,
      count: parts.length,
      loss,
      dropoutKey: undefined,
    });
    const gradients = await Promise.all([...mean!.gradients.values()].map((gradient) => gradient.data()));
    return { loss: (await mean!.loss.data())[0]!, gradients };
  };
  const [apart, together] = [await gradientOf(batches), await gradientOf([both])];
  expect([apart.loss]).toAgree([together.loss], 'model');
  for (const [i, gradient] of apart.gradients.entries())
    expect(gradient).toAgree(together.gradients[i]!, 'model');
  model.dispose();
  close();
});

it('the loss of a step is drawn from its key alone', async () => {
  await startBackend(FASTEST.backend, { precision: 'fp32' });
  const { train, meta, close } = openDataset(data, 'tokens');
  const sizes = { vocabSize: meta.tokenizer.vocabSize, end: meta.tokenizer.endOfText! };
  const model = createAnyModel(
    configOf('vae', { ...sizes, ...FLAGS, width: 8, context: 8 }),
    1,
  ) as LatentModel;
  const batch = batchAt(train, { batchSize: 3, context: 8, seed: 1, step: 4, micro: 0 });
  const lossWith = (seed: number) =>
    learning.loss(model, batch, { dropoutKey: keyFor(seed, 'dropout') }).dataSync()[0];
  expect(lossWith(1)).toBe(lossWith(1));
  expect(lossWith(2)).not.toBe(lossWith(1));
  model.dispose();
  close();
});
