// The bounds bound: against probabilities found by numerical integration over the latent line, and against an entropy.
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { LatentModel } from '../../../src/architectures/latent-model.ts';
import { startBackend } from '../../../src/backends/index.ts';
import { keyFor, Stream } from '../../../src/base/random.ts';
import { prepareInMemory } from '../../../src/data/in-memory.ts';
import { tokensOf } from '../../../src/data/tokens.ts';
import { byteLengths } from '../../../src/evaluation/bits-per-byte.ts';
import { floorOf } from '../../../src/evaluation/floor.ts';
import { selfPairs } from '../../../src/tasks/documents/batches.ts';
import { evaluateTexts } from '../../../src/tasks/documents/evaluate.ts';
import { learning } from '../../../src/tasks/documents/learning.ts';
import { storySource } from '../../../src/text/stories/index.ts';
import { tokenizerFor } from '../../../src/tokenizers/choose.ts';
import { beginStep } from '../../../src/training/step.ts';
import { configOf, createAnyModel } from '../../made-models.ts';
import { Optimizer } from '../../made-optimizer.ts';
import { describeOnBackends, FASTEST } from '../../on-backends.ts';

/** Large weights, so that texts differ; the posteriors stay near the prior, so that a few thousand draws meet all that counts. */
function livelyModel(settings: { vocabSize: number } & Record<string, unknown>): LatentModel {
  const model = createAnyModel(configOf('vae', settings)) as LatentModel;
  for (const [name, variable] of model.parameters) {
    const random = new Stream(keyFor(5, name));
    const scale = name.startsWith('posterior') ? 0.1 : 1.2;
    const values = Float32Array.from({ length: variable.size }, () => scale * random.normal());
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
  return model;
}

const END = 0;
const CONTEXT = 3;
/** All that a model of a, b and the end can write: texts that end, and stretches that are as long as the context. */
const LANGUAGE = [
  [0],
  ...[1, 2].flatMap((a) => [[a, 0], ...[1, 2].flatMap((b) => [0, 1, 2].map((c) => [a, b, c]))]),
];

/** p(text) of each text: the integral of p(text | z) p(z), by the trapezoidal rule. */
async function probabilities(model: LatentModel): Promise<number[]> {
  const points = Array.from({ length: 2001 }, (_, i) => -8 + (16 * i) / 2000);
  const z = tf.tensor2d(points, [points.length, 1]);
  const found: number[] = [];
  for (const text of LANGUAGE) {
    const padded = selfPairs(
      points.map(() => Int32Array.from(text)),
      END,
    );
    const nats = await tf.tidy(() => model.reconstruction(z, padded)).data();
    const densities = points.map((at, i) => Math.exp(-nats[i]! - at ** 2 / 2) / Math.sqrt(2 * Math.PI));
    found.push(densities.reduce((sum, density) => sum + density) * (16 / 2000));
  }
  return found;
}

describeOnBackends(() => {
  describe('of a model whose latent vectors are a line', () => {
    let model: LatentModel;
    let exact: number[];
    beforeAll(async () => {
      model = livelyModel({ vocabSize: 3, end: END, context: CONTEXT, width: 4, latent: 1 });
      exact = await probabilities(model);
    });

    it('the probabilities of all texts that it can write, stretches among them, are one', () => {
      expect(LANGUAGE).toHaveLength(15);
      expect(exact.reduce((sum, p) => sum + p)).toBeCloseTo(1, 5);
    });

    it('with many draws the importance-weighted bound comes to −ln p, and the other stays above', async () => {
      const { loss, importanceLoss, tokens, texts } = await evaluateTexts(
        model,
        tokensOf(LANGUAGE.flat(), END),
        { importance: 1000 },
      );
      expect(texts).toBe(15);
      const nats = exact.reduce((sum, p) => sum - Math.log(p), 0);
      // A thousand draws of each text are off by about a hundredth of a nat, 15 texts by less than half of one.
      expect([importanceLoss! * tokens]).toAgree([nats], 0.01);
      expect(loss * tokens).toBeGreaterThan(1.02 * nats);
    });

    it('with few draws it is between the two', async () => {
      const nats = exact.reduce((sum, p) => sum - Math.log(p), 0);
      const split = tokensOf(LANGUAGE.flat(), END);
      const { loss, importanceLoss, tokens } = await evaluateTexts(model, split, { importance: 5 });
      expect(importanceLoss! * tokens).toBeGreaterThan(nats);
      expect(importanceLoss!).toBeLessThan(loss);
    });
  });

  it('active units are the latent dimensions whose mean varies from text to text, by the variances of all means', async () => {
    const model = livelyModel({ vocabSize: 3, end: END, context: CONTEXT, width: 4, latent: 5 });
    const weight = model.parameters.get('posterior.weight')!; // (4, 10): five means, five variances
    const scales = [0, 0.3, 1, 3, 30, 1, 1, 1, 1, 1];
    tf.tidy(() => weight.assign(weight.mul(scales)));
    const padded = selfPairs(
      LANGUAGE.map((text) => Int32Array.from(text)),
      END,
    );
    const means = (await tf.tidy(() => model.posterior(padded.sources).mean).array()) as number[][];
    const variances = scales.slice(0, 5).map((_, d) => {
      const values = means.map((mean) => mean[d]!);
      const average = values.reduce((sum, value) => sum + value) / values.length;
      return values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length;
    });
    const active = variances.filter((variance) => variance > 0.01).length;
    expect([0, 5]).not.toContain(active);
    const { activeUnits, latent } = await evaluateTexts(model, tokensOf(LANGUAGE.flat(), END), {});
    expect({ activeUnits, latent }).toEqual({ activeUnits: active, latent: 5 });
  });
});

describe('of the built-in stories', () => {
  beforeAll(() => startBackend(FASTEST.backend, { precision: 'fp32' }));

  it('no bound is below their entropy, at any time of training', async () => {
    const source = storySource({ count: 40, seed: 1 });
    const tokenizer = await tokenizerFor('bpe', source, { vocabSize: 400 });
    const { train, val, counts } = await prepareInMemory({ source, tokenizer, valFraction: 0.2, seed: 1 });
    const context = 128;
    const sizes = { vocabSize: tokenizer.vocabSize, end: tokenizer.endOfText! };
    const model = createAnyModel(
      configOf('vae', { ...sizes, context, width: 24, latent: 4, klAnnealSteps: 0 }),
    ) as LatentModel;
    const optimizer = new Optimizer(model.parameters);
    const floor = floorOf({ ...counts.val, sha256: '' })!;
    for (let step = 0; step <= 20; step++) {
      if (step % 10 === 0) {
        const measures = await evaluateTexts(model, val, {
          byteLength: byteLengths(tokenizer),
          importance: 5,
        });
        expect(measures.tokens).toBe(val.length);
        expect(measures.importanceLoss!).toBeGreaterThan(floor.loss);
        expect(measures.importanceBitsPerByte!).toBeGreaterThan(floor.bitsPerByte);
        expect(measures.loss).toBeGreaterThan(measures.importanceLoss!);
      }
      const place = { batchSize: 4, context, seed: 1, step, micro: 0 };
      const begun = await beginStep(optimizer, {
        batches: [learning.batchAt(train, place)],
        count: 1,
        loss: (batch, dropoutKey) => learning.loss(model, batch, dropoutKey ? { dropoutKey } : {}),
        learningRate: 0.01,
        clip: 1,
        dropoutKey: keyFor(1, 'dropout', step),
      });
      await begun!.result;
    }
    optimizer.dispose();
    model.dispose();
  });
});
