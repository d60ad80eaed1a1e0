// The variational autoencoder: PyTorch's numbers, its divergence by hand and by Monte Carlo, and texts written step by step.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { LatentModel } from '../../src/architectures/latent-model.ts';
import { architectureNamed } from '../../src/architectures/list.ts';
import type { VaeConfig } from '../../src/architectures/vae/config.ts';
import { drawn, posteriorOf } from '../../src/architectures/vae/latent.ts';
import { type Key, keyFor } from '../../src/base/random.ts';
import { tokensOf } from '../../src/data/tokens.ts';
import { selfPairs } from '../../src/tasks/documents/batches.ts';
import { evaluateTexts } from '../../src/tasks/documents/evaluate.ts';
import { lossAndGradients } from '../../src/training/gradients.ts';
import type { GoldenTensors } from '../golden/load.ts';
import { createAnyModel } from '../made-models.ts';
import { describeOnAllBackends, describeOnBackends } from '../on-backends.ts';
import { tensorsInUse } from './example.ts';

interface Golden {
  config: VaeConfig;
  loss: number;
  gradients: GoldenTensors;
  bounds: { loss: number; importanceLoss: number };
}

const { texts, key, step, samples, ...models } = JSON.parse(
  readFileSync(new URL('../golden/vae.json', import.meta.url), 'utf8'),
) as { texts: number[][]; key: Key; step: number; samples: number } & Record<
  'recurrent' | 'transformer',
  Golden
>;

/** Its weights are the formula of vae.py. */
function golden(name: keyof typeof models): Golden & { model: LatentModel } {
  const model = createAnyModel(models[name].config) as LatentModel;
  for (const [k, path] of [...model.parameters.keys()].sort().entries()) {
    const variable = model.parameters.get(path)!;
    const value = (i: number) => Math.floor(128 * Math.sin(1 + 0.7 * i + 1.3 * k) + 0.5) / 256;
    const values = Float32Array.from({ length: variable.size }, (_, i) => value(i));
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
  return { ...models[name], model };
}

const rows = texts.map((text) => Int32Array.from(text));

describeOnAllBackends(() =>
  describe.each(['recurrent', 'transformer'] as const)('%s', (name) => {
    it('has PyTorch’s loss and its gradient of every parameter, with noise, dropped words, free bits and annealing', async () => {
      const { model, config, ...expected } = golden(name);
      const before = tensorsInUse();
      const { loss, gradients } = lossAndGradients(
        () => tf.tidy(() => model.loss(selfPairs(rows, config.end), { step, dropoutKey: key })),
        model.parameters,
      );
      expect(await loss.data()).toAgree([expected.loss], 'model');
      expect([...gradients.keys()].sort()).toEqual(Object.keys(expected.gradients).sort());
      for (const [path, gradient] of gradients)
        if (path.endsWith('key.bias'))
          expect(Math.max(...(await gradient.data()))).toBeLessThan(1e-8); // softmax does not see it
        else expect(await gradient.data(), path).toAgree(expected.gradients[path]!.data, 'model');
      tf.dispose([loss, ...gradients.values()]);
      expect(tensorsInUse()).toEqual(before);
      model.dispose();
    });

    it('has PyTorch’s bounds of the texts’ probability', async () => {
      const { model, config, bounds } = golden(name);
      const before = tensorsInUse();
      const measured = await evaluateTexts(model, tokensOf(texts.flat(), config.end), {
        importance: samples,
      });
      expect([measured.loss]).toAgree([bounds.loss], 'model');
      expect([measured.importanceLoss!]).toAgree([bounds.importanceLoss], 'model');
      expect(measured).toMatchObject({ texts: 3, tokens: 11, cut: 1 });
      expect(tensorsInUse()).toEqual(before);
      model.dispose();
    });

    it('says of a text step by step what it says of it as a whole', async () => {
      const { model, config } = golden(name);
      const z = tf.tensor2d([0.3, -1, 0.5, 1, 0.2, -0.7, 0, 0, 2], [3, 3]);
      const padded = selfPairs(rows, config.end);
      const whole = tf.tidy(() => model.reconstruction(z, padded));
      const before = tensorsInUse();
      const steps = model.startTexts(z);
      const nats = [0, 0, 0];
      for (let t = 0; t < config.context; t++) {
        const logits = steps.feed(rows.map((text) => (t === 0 ? config.end : (text[t - 1] ?? config.end))));
        const logProbabilities = await tf.tidy(() => tf.logSoftmax(logits)).array();
        for (const [b, text] of rows.entries())
          if (t < text.length) nats[b]! -= logProbabilities[b]![text[t]!]!;
        logits.dispose();
      }
      steps.dispose();
      expect(tf.memory().numTensors - before.numTensors).toBe(config.context); // the log-probabilities
      expect(nats).toAgree(Array.from(await whole.data()), 'model');
      model.dispose();
    });
  }),
);

describeOnBackends(() => {
  it('has the divergence of a posterior from the prior in closed form: nothing of the prior itself', async () => {
    // By hand: (μ² + σ² − 1 − ln σ²) / 2.
    const { divergence } = posteriorOf(tf.tensor2d([[0, 3, -1, 0, 0, Math.log(4)]]));
    expect(await divergence.data()).toAgree([0, 4.5, (1 + 4 - 1 - Math.log(4)) / 2], 'model');
  });

  it('and by Monte Carlo, within four standard errors', async () => {
    const draws = 20_000;
    const parameters = tf.tensor2d([0.8, -0.5, -1.2, 0.9], [1, 4]).tile<tf.Tensor2D>([draws, 1]);
    const posterior = posteriorOf(parameters);
    const z = (await drawn(posterior, keyFor(3, 'noise')).array()) as number[][];
    const [mean, logVariance] = [
      [0.8, -0.5],
      [-1.2, 0.9],
    ] as const;
    for (const d of [0, 1] as const) {
      // ln q(z) − ln p(z)
      const excess = z.map(
        (row) => (row[d]! ** 2 - (row[d]! - mean[d]) ** 2 / Math.exp(logVariance[d]) - logVariance[d]) / 2,
      );
      const average = excess.reduce((sum, nats) => sum + nats) / draws;
      const variance = excess.reduce((sum, nats) => sum + (nats - average) ** 2, 0) / draws;
      const closed = (await posterior.divergence.data())[d]!;
      expect(Math.abs(average - closed)).toBeLessThan(4 * Math.sqrt(variance / draws));
    }
  });
});

it.each([
  ['recurrent', { encoder: 'lstm', decoder: 'gru' }, 1],
  ['a Transformer on one side', { encoder: 'lstm', decoder: 'transformer' }, 6],
])('%s: its width is a multiple of what has heads', (_, sides, grain) => {
  expect(architectureNamed('vae').widthGrain?.({ ...sides, heads: 6 })).toBe(grain);
});
