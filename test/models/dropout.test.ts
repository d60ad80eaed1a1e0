// Dropout works in training, at every place with a mask of its own, and nowhere else.

import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { Decoding, LanguageModel } from '../../src/architectures/language-model.ts';
import { keyFor } from '../../src/base/random.ts';
import { dropout } from '../../src/ops/index.ts';
import { createModel } from '../made-models.ts';
import { describeOnBackends } from '../on-backends.ts';
import { dropoutCalls } from './dropout-calls.ts';
import { CNN, GPT, GRU, ids, LLAMA, LSTM, livelyModel, RNN, randomTexts } from './example.ts';

const [B, T, C] = [2, 5, 8];
const RATE = 0.1;

describeOnBackends(() => {
  describe.each([GPT, LLAMA, LSTM, GRU, RNN, CNN])('$arch', (config) => {
    const wet = { ...config, dropout: RATE };
    const tokens = randomTexts(1, B, T, config.vocabSize);
    const targets = randomTexts(2, B, T, config.vocabSize);
    const lossOf = (model: LanguageModel, seed?: number): number =>
      tf.tidy(() => {
        const options = seed === undefined ? {} : { dropoutKey: keyFor(seed, 'test') };
        return model.loss(ids(tokens), ids(targets), options).dataSync()[0]!;
      });

    it('the loss is the same for the same key, and another for every other', () => {
      const model = livelyModel(wet);
      const losses = Array.from({ length: 20 }, (_, seed) => lossOf(model, seed));
      expect(new Set([...losses, lossOf(model)]).size).toBe(21);
      expect(lossOf(model, 7)).toBe(losses[7]);
    });

    it('the mean loss over many keys is near the loss without', () => {
      const model = livelyModel(wet);
      const keys = 100;
      let sum = 0;
      for (let seed = 0; seed < keys; seed++) sum += lossOf(model, seed);
      expect(Math.abs(sum / keys / lossOf(model) - 1)).toBeLessThan(RATE / 2);
    });

    it('is off without a key, in logits and in decoding', () => {
      const [dry, model] = [livelyModel(config), livelyModel(wet)];
      expect(lossOf(model)).toBe(lossOf(dry));
      expect(model.logits(ids(tokens)).dataSync()).toEqual(dry.logits(ids(tokens)).dataSync());
      const [wetNext, dryNext] = [model, dry].map((each) => fedTo(each.startDecoding(), tokens).dataSync());
      expect(wetNext).toEqual(dryNext);
    });

    it('is off at a rate of 0, whatever the key', () => {
      const model = livelyModel(config);
      expect(lossOf(model, 1)).toBe(lossOf(model));
    });
  });

  describe('the op', () => {
    const N = 20_000;

    it.each([0.1, 0.5, 0.9])('zeroes a share of %d and scales the rest so that the mean stays', (rate) => {
      const values = dropout(tf.ones([N]), { rate, key: keyFor(3, 'test') }).dataSync();
      const zeros = values.filter((value) => value === 0).length;
      expect(Math.abs(zeros / N - rate)).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / N));
      expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
    });

    it('lets exactly the gradient of what it kept through', () => {
      const drop = { rate: 0.3, key: keyFor(4, 'test') };
      const gradient = tf
        .grad((x: tf.Tensor) => dropout(x, drop).sum())(tf.zeros([N]))
        .dataSync();
      expect(gradient).toEqual(dropout(tf.ones([N]), drop).dataSync());
    });
  });
});

describe('every place', () => {
  const calls = dropoutCalls();
  const stream = [B, T, C];
  const weights = (heads: number) => [B, heads, T, T];
  const ofBlocks = (heads: number) => [
    stream,
    weights(heads),
    stream,
    stream,
    weights(heads),
    stream,
    stream,
  ];
  it.each([
    // The embeddings; then, block by block, the attention's weights and the two additions.
    ...[GPT, LLAMA].map((config) => ({ config, places: ofBlocks(config.heads) })),
    // Before, between and after the layers.
    ...[LSTM, GRU, RNN, CNN].map((config) => ({ config, places: [stream, stream, stream] })),
  ])('of the $config.arch has a mask of its own', async ({ config, places }) => {
    const model = createModel({ ...config, dropout: RATE });
    const tokens = ids(randomTexts(1, B, T, config.vocabSize));
    model.loss(tokens, tokens, { dropoutKey: keyFor(1, 'test') });
    expect(calls.map(({ shape }) => shape)).toEqual(places);
    expect(calls.every(({ rate }) => rate === RATE)).toBe(true);
    expect(new Set(calls.map(({ key }) => key)).size).toBe(places.length);

    calls.length = 0;
    model.loss(tokens, tokens);
    model.logits(tokens);
    fedTo(model.startDecoding(), randomTexts(1, B, T, config.vocabSize));
    expect(calls).toEqual([]);
  });
});

/** The logits after these texts, each in a row of its own. */
function fedTo(decoding: Decoding, texts: number[][]): tf.Tensor2D {
  return decoding.feed(texts.map((tokens) => ({ row: decoding.join(), tokens })));
}
