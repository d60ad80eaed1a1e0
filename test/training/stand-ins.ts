// Models and batches for the tests of training.

import { type LanguageModel, startBackend, tokensOf } from 'tsgpt';
import { beforeAll, onTestFinished, vi } from 'vitest';
import * as tf from '#tfjs';
import type { ModelConfig } from '../../src/architectures/config.ts';
import { type TrainingConfig, trainingSchema } from '../../src/settings/training.ts';
import { configOf, createModel } from '../made-models.ts';

const SIZES = { vocabSize: 11, context: 4, layers: 1, width: 8, heads: 2 };

export function config(arch: string, dropout = 0): ModelConfig {
  return configOf(arch, { ...SIZES, dropout });
}

export function tinyModel(arch: string = 'gpt', dropout = 0): LanguageModel {
  return createModel(config(arch, dropout), 5);
}

export const TEXT = tokensOf(Array.from({ length: 200 }, (_, i) => (i * i + 3 * i) % 11));

export function training(values: Partial<TrainingConfig> = {}): TrainingConfig {
  return trainingSchema.parse({ batchSize: 2, maxSteps: 10, warmupSteps: 0, ...values });
}

export function usePlainBackend(): void {
  beforeAll(async () => {
    await startBackend('plain');
  });
}

/** In this test, reading takes a while, now more and now less, so that a later reading may be done before an earlier one. */
export function readLate(fail: (reading: number) => boolean = () => false): void {
  const backend = tf.backend();
  let readings = 0;
  const read = vi.spyOn(backend, 'read').mockImplementation(async (dataId) => {
    const reading = ++readings;
    await new Promise((done) => setTimeout(done, (3 * reading) % 7));
    if (fail(reading)) throw new Error(`reading ${reading} failed`);
    return backend.readSync(dataId);
  });
  onTestFinished(() => read.mockRestore());
}

/** The same model, except that some calls of `loss`, counted from 1, give NaN. */
export function poisoned(model: LanguageModel, isBad: (call: number) => boolean): LanguageModel {
  let calls = 0;
  return {
    config: model.config,
    parameters: model.parameters,
    layers: model.layers,
    floatsPerToken: model.floatsPerToken,
    loss(tokens, targets, options) {
      const loss = model.loss(tokens, targets, options);
      return isBad(++calls) ? tf.tidy(() => loss.mul(Number.NaN)) : loss;
    },
    logits: (tokens) => model.logits(tokens),
    startDecoding: () => model.startDecoding(),
    dispose: () => model.dispose(),
  };
}

/** Copies of the values, by name. */
export function valuesOf(variables: ReadonlyMap<string, tf.Tensor>): Map<string, number[]> {
  return new Map([...variables].map(([name, variable]) => [name, Array.from(variable.dataSync())]));
}
