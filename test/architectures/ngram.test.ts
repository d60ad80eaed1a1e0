// n-grams: probabilities held to Chen and Goodman's formula, computed from a plain list of n-grams; and all that a model does.
import { join } from 'node:path';
import { openDataset, openModel, startRun } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { createAnyModel, fitModel } from '../../src/architectures/create.ts';
import type { LanguageModel } from '../../src/architectures/language-model.ts';
import { startBackend } from '../../src/backends/index.ts';
import { tokensOf } from '../../src/data/tokens.ts';
import { evaluate } from '../../src/tasks/next-token/evaluate.ts';
import { prepareText } from '../run/tiny.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const root = temporaryFolder();
beforeAll(() => startBackend('plain'));

const VOCABULARY = 6;
/** A text with structure and accidents; token 5 is not in it. */
const TEXT = Array.from({ length: 300 }, (_, i) => ((i * i) % 7 < 3 ? i % 3 : (i * 11) % 5));
const config = (order: number) => ({ arch: 'ngram', vocabSize: VOCABULARY, order, context: 16 });

async function fitted(order: number, text = TEXT): Promise<LanguageModel> {
  return (await fitModel(config(order), tokensOf(text))) as LanguageModel;
}

/** p(w | h) by the definition: counts are looked up in lists of n-grams written as text. */
function reference(order: number, history: number[], token: number): number {
  const grams = (n: number) => TEXT.slice(0, TEXT.length - n + 1).map((_, i) => TEXT.slice(i, i + n).join());
  const count = (n: number): Map<string, number> => {
    const found = new Map<string, number>();
    if (n === order) for (const gram of grams(n)) found.set(gram, (found.get(gram) ?? 0) + 1);
    else
      for (const longer of new Set(grams(n + 1))) {
        const gram = longer.slice(longer.indexOf(',') + 1);
        found.set(gram, (found.get(gram) ?? 0) + 1);
      }
    return found;
  };
  let p = 1 / VOCABULARY;
  for (let n = 1; n <= Math.min(order, history.length + 1); n++) {
    const counts = count(n);
    const context = history.slice(history.length - n + 1);
    const following = [...counts].filter(([gram]) => gram.split(',').slice(0, -1).join() === context.join());
    const total = following.reduce((sum, [, c]) => sum + c, 0);
    if (total === 0) break;
    const [once, twice] = [1, 2].map((times) => [...counts.values()].filter((c) => c === times).length);
    const discount = once! > 0 && twice! > 0 ? once! / (once! + 2 * twice!) : 0.5;
    const own = Math.max((counts.get([...context, token].join()) ?? 0) - discount, 0);
    p = own / total + ((discount * following.length) / total) * p;
  }
  return p;
}

describe.each([1, 2, 3, 5])('order %i', (order) => {
  it('gives the probabilities of interpolated Kneser-Ney, which sum to one', async () => {
    const model = await fitted(order);
    const histories = [[0], [2, 1], TEXT.slice(7, 12), TEXT.slice(100, 106), [5, 1, 2], [4, 4, 4, 4], [5]];
    for (const history of histories) {
      const logits = model.logits(tf.tensor2d(history, [1, history.length], 'int32'));
      const last = [...logits.dataSync()].slice(-VOCABULARY).map(Math.exp);
      for (const [token, p] of last.entries())
        expect(p, `${history} → ${token}`).toBeCloseTo(reference(order, history, token), 6);
      expect(last.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
      logits.dispose();
    }
    model.dispose();
  });
});

it('its loss is the mean over the targets that count, and the same as its logits say', async () => {
  const model = await fitted(3);
  const tokens = tf.tensor2d([0, 1, 2, 1, 4, 0], [2, 3], 'int32');
  const targets = [1, -1, 0, 4, 5, -1];
  const [loss] = model.loss(tokens, tf.tensor2d(targets, [2, 3], 'int32')).dataSync();
  const logits = model.logits(tokens).dataSync();
  const nats = targets.flatMap((target, at) => (target < 0 ? [] : [-logits[at * VOCABULARY + target]!]));
  expect(loss).toBeCloseTo(nats.reduce((sum, value) => sum + value, 0) / nats.length, 5);
  model.dispose();
});

it('a memory carried from window to window is as one window of all', async () => {
  const model = await fitted(4);
  const options = { byteLength: () => 1 };
  const held = TEXT.slice(0, 120).map((token, i) => (i % 13 === 0 ? 5 : token));
  const carried = await evaluate(model, tokensOf(held), options);
  const whole = { ...model, config: { ...model.config, context: 500 } };
  Object.setPrototypeOf(whole, Object.getPrototypeOf(model));
  const [loss] = model
    .loss(tf.tensor2d(held.slice(0, -1), [1, 119], 'int32'), tf.tensor2d(held.slice(1), [1, 119], 'int32'))
    .dataSync();
  expect(carried.loss).toBeCloseTo(loss!, 5);
  expect((await evaluate(model, tokensOf(held), { ...options, reset: true })).loss).not.toBeCloseTo(loss!, 3);
  model.dispose();
});

it('rows are decoded each as alone: begun, forked, fed and ended', async () => {
  const model = await fitted(4);
  const alone = (tokens: number[]) =>
    [...model.logits(tf.tensor2d(tokens, [1, tokens.length], 'int32')).dataSync()].slice(-VOCABULARY);
  const decoding = model.startDecoding();
  const [a, b] = [decoding.join(), decoding.join()];
  const first = decoding.feed([{ row: a, tokens: [0, 1, 2] }, { row: b, tokens: [3] }]).arraySync(); // biome-ignore format: short
  expect(first).toEqual([alone([0, 1, 2]), alone([3])]);
  const [c] = decoding.fork(a, 1) as [number];
  decoding.leave(b);
  const second = decoding.feed([{ row: c, tokens: [4, 0] }, { row: a, tokens: [1] }]).arraySync(); // biome-ignore format: short
  expect(second).toEqual([alone([0, 1, 2, 4, 0]), alone([0, 1, 2, 1])]);
  decoding.dispose();
  model.dispose();
});

it('train fits it in one pass, and its checkpoint is the same model', async () => {
  const data = await prepareText(
    join(root, 'data'),
    'the cat sat on the mat; the dog sat on the log. '.repeat(40),
  );
  const out = join(root, 'run');
  const result = await startRun({ out, data, arch: 'ngram', flags: { order: 3 } }, { backend: 'plain' });
  const dataset = openDataset(data, 'tokens');
  expect(result).toMatchObject({
    ended: 'budget',
    step: 0,
    tokens: dataset.train.length,
    last: 'step-000000',
  });
  const { model } = await openModel(out);
  const { loss } = await evaluate(model, dataset.val, { byteLength: () => 1 });
  expect(result.bestValLoss).toBeCloseTo(loss, 5);
  expect(loss).toBeLessThan(1);
  const made = (await fitModel(
    { ...config(3), vocabSize: dataset.meta.tokenizer.vocabSize },
    dataset.train,
  ))!;
  for (const [name, values] of made.parameters)
    expect([...model.parameters.get(name)!.dataSync()], name).toEqual([...values.dataSync()]);
  const again = await startRun({ out, resume: true }, { backend: 'plain' });
  expect(again.bestValLoss).toBe(result.bestValLoss);
  dataset.close();
  made.dispose();
  model.dispose();
});

it('an empty one knows nothing, and a short text is counted as far as it goes', async () => {
  const empty = (await createAnyModel(config(3), 0)) as LanguageModel;
  const [p] = empty.logits(tf.tensor2d([[1]], [1, 1], 'int32')).dataSync();
  expect(p).toBeCloseTo(-Math.log(VOCABULARY), 6);
  const short = await fitted(5, [1, 2]);
  expect(short.config.entries).toEqual([2, 1]);
  empty.dispose();
  short.dispose();
});
