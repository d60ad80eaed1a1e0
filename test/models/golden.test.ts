// Our models against PyTorch's numbers: logits, loss, every gradient, and ten AdamW steps.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { LanguageModel } from '../../src/architectures/language-model.ts';
import { learningRateAt } from '../../src/training/schedule.ts';
import { GOLDEN_MODELS, type GoldenTensor, loadGolden, withoutKeyBias } from '../golden/load.ts';
import { createModel } from '../made-models.ts';
import { Optimizer } from '../made-optimizer.ts';
import { describeOnAllBackends } from '../on-backends.ts';
import { takeStep } from '../training/one-step.ts';

describeOnAllBackends(() =>
  describe.each(GOLDEN_MODELS)('%s', (name) => {
    const golden = loadGolden(name);
    let model: LanguageModel;
    let tokens: tf.Tensor2D;
    let targets: tf.Tensor2D;

    beforeAll(() => {
      model = withWeights(createModel(golden.config), golden.parameters);
      tokens = ints(golden.tokens);
      targets = ints(golden.targets);
    });
    afterAll(() => model.dispose());

    it('has the same parameters', () => {
      expect([...model.parameters.keys()].sort()).toEqual(Object.keys(golden.parameters).sort());
    });

    it('gives the same logits and loss', async () => {
      expect(await model.logits(tokens).data()).toAgree(golden.logits.data, 'model');
      expect(await model.loss(tokens, targets).data()).toAgree([golden.loss], 'model');
    });

    it('gives the same gradient of every parameter', async () => {
      const { grads } = tf.variableGrads(() => model.loss(tokens, targets), [...model.parameters.values()]);
      for (const [path, variable] of model.parameters) {
        const actual = await grads[variable.name]!.data();
        expect(actual, path).toAgree(golden.gradients[path]!.data, 'model');
      }
    });

    it('takes the same ten AdamW steps, with clipping and schedule', async () => {
      const { settings, steps } = golden;
      const trained = withWeights(createModel(golden.config), golden.parameters);
      const optimizer = new Optimizer(trained.parameters, settings);
      for (const [index, step] of steps.entries()) {
        const learningRate = learningRateAt(index, settings.maxSteps, {
          ...settings,
          schedule: 'cosine',
          decayFraction: 1,
        });
        expect(learningRate).toBeCloseTo(step.learningRate, 9);
        const batch = {
          size: step.tokens.data.length,
          counted: step.tokens.data.length,
          tokens: Int32Array.from(step.tokens.data),
          targets: Int32Array.from(step.targets.data),
          shape: step.tokens.shape as [number, number],
        };
        const result = await takeStep(trained, optimizer, {
          batches: [batch],
          learningRate,
          clip: settings.clip,
          dropoutKey: undefined,
        });
        expect([result.loss], `loss of step ${index}`).toAgree([step.loss], 'model');
        expect([result.gradNorm], `norm of step ${index}`).toAgree([step.gradientNorm], 'trained');
      }
      for (const [path, variable] of trained.parameters) {
        const actual = withoutKeyBias(path, [...(await variable.data())]);
        const expected = withoutKeyBias(path, golden.finalParameters[path]!.data);
        expect(actual, path).toAgree(expected, 'trained');
      }
    });
  }),
);

function withWeights(model: LanguageModel, weights: Record<string, GoldenTensor>): LanguageModel {
  for (const [path, variable] of model.parameters) {
    const { data, shape } = weights[path]!;
    variable.assign(tf.tensor(data, shape));
  }
  return model;
}

function ints({ data, shape }: GoldenTensor): tf.Tensor2D {
  return tf.tensor2d(data, shape as [number, number], 'int32');
}
