// Loss by position and calibration, held to evaluate's loss and to models whose answers are known.
import { beforeAll, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { LanguageModel } from '../../../src/architectures/language-model.ts';
import { startBackend } from '../../../src/backends/index.ts';
import { tokensOf } from '../../../src/data/tokens.ts';
import { evaluate } from '../../../src/tasks/next-token/evaluate.ts';
import { profile } from '../../../src/tasks/next-token/profile.ts';
import { createModel } from '../../made-models.ts';

beforeAll(() => startBackend('plain'));

const CONTEXT = 8;
const config = { arch: 'gpt', vocabSize: 11, context: CONTEXT, layers: 1, heads: 1, width: 8, dropout: 0 };
const text = tokensOf(Array.from({ length: 20 * CONTEXT + 1 }, (_, i) => (i * i * 7 + 3) % 11));

/** Says the same of every token: these are its probabilities. */
function constant(probabilities: number[]): LanguageModel {
  const logits = (tokens: tf.Tensor2D) =>
    tf.tile(tf.log(tf.tensor3d(probabilities, [1, 1, probabilities.length])), [
      ...tokens.shape,
      1,
    ]) as tf.Tensor3D;
  return {
    config: { arch: 'gpt', vocabSize: probabilities.length, context: 4 },
    logits,
  } as unknown as LanguageModel;
}

/** Is almost sure of the token that follows each: `next` of token 0, of token 1, …. */
function learned(next: number[]): LanguageModel {
  const rows = tf.oneHot(next, next.length).toFloat().mul(10); // (V, V)
  const logits = (tokens: tf.Tensor2D) => tf.gather(rows, tokens) as tf.Tensor3D;
  return { config: { arch: 'gpt', vocabSize: next.length, context: 4 }, logits } as unknown as LanguageModel;
}

it('the mean over the positions is the loss of windows that start afresh', async () => {
  const model = createModel(config, 3);
  const { windows, lossByPosition } = await profile(model, text, Infinity);
  expect(windows).toBe(20);
  expect(lossByPosition).toHaveLength(CONTEXT);
  const { loss } = await evaluate(model, text, { byteLength: () => 1, reset: true });
  expect(lossByPosition.reduce((sum, nats) => sum + nats, 0) / CONTEXT).toBeCloseTo(loss, 5);
  model.dispose();
});

it('reads about as many tokens as it is told to, over the whole text', async () => {
  const model = createModel(config, 3);
  expect((await profile(model, text, 40)).windows).toBe(5);
  expect((await profile(model, text, 1)).windows).toBe(1);
  model.dispose();
});

it('tells how sure a model was, and how often it was right', async () => {
  const quarter = tokensOf(Array.from({ length: 401 }, (_, i) => (i % 4 === 0 ? 0 : 1)));
  const { calibration, lossByPosition } = await profile(constant([0.7, 0.2, 0.1]), quarter, Infinity);
  expect(calibration).toHaveLength(1);
  expect(calibration[0]!.count).toBe(400);
  expect(calibration[0]!.confidence).toBeCloseTo(0.7, 6);
  expect(calibration[0]!.accuracy).toBeCloseTo(0.25, 6);
  // Windows of 4: the target at each position is always the same.
  expect(lossByPosition.map((nats) => Number(Math.exp(-nats).toFixed(4)))).toEqual([0.2, 0.2, 0.2, 0.7]);
});

it('as a control reads the same tokens in a random order, which a model that knows no order does not mind', async () => {
  const probabilities = [0.7, 0.2, 0.1];
  const ids = Array.from({ length: 401 }, (_, i) => [0, 0, 1, 2, 1][i % 5]!);
  const { shuffledLoss, lossByPosition } = await profile(constant(probabilities), tokensOf(ids), Infinity);
  const mean = lossByPosition.reduce((sum, nats) => sum + nats, 0) / 4;
  expect(Math.abs(shuffledLoss - mean)).toBeLessThan(0.1); // which of five tokens is the input alone is left to chance
  const next = learned([1, 2, 0]);
  const cycle = tokensOf(Array.from({ length: 401 }, (_, i) => i % 3));
  const orderly = await profile(next, cycle, Infinity);
  expect(orderly.lossByPosition[0]).toBeCloseTo(0, 3);
  expect(orderly.shuffledLoss).toBeGreaterThan(3);
});

it('leaves no tensor behind', async () => {
  const model = createModel(config, 3);
  await profile(model, text, 40);
  const before = tf.memory().numTensors;
  await profile(model, text, Infinity);
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});
