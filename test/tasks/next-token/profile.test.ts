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

it('leaves no tensor behind', async () => {
  const model = createModel(config, 3);
  await profile(model, text, 40);
  const before = tf.memory().numTensors;
  await profile(model, text, Infinity);
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});
