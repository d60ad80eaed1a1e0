// From a configuration to a model.
import { UsageError } from '../base/errors.ts';
import type { ModelConfig } from './config.ts';
import { isLanguageModel, type LanguageModel, type Model } from './language-model.ts';
import { architectureOf } from './list.ts';

/**
 * Makes a new model with its architecture's initial weights, drawn from the seed. The backend must have been started.
 * @param config The architecture's name, the size of the vocabulary, and every setting of that architecture.
 * @param seed The same seed gives the same weights on every backend.
 * @example
 * import { createModel, parameterCount, startBackend } from 'tsgpt';
 * await startBackend();
 * const config = { arch: 'gpt', vocabSize: 256, layers: 2, heads: 2, width: 64, context: 32, dropout: 0 };
 * const model = await createModel(config, 1);
 * console.log(parameterCount(model));
 */
export async function createModel(config: ModelConfig, seed = 0): Promise<LanguageModel> {
  const model = await createAnyModel(config, seed);
  if (isLanguageModel(model)) return model;
  model.dispose();
  throw new UsageError(`${config.arch} is not trained to say which token follows`);
}

/** A new model of whatever task. */
export function createAnyModel(config: ModelConfig, seed: number): Promise<Model> {
  return build(config, seed);
}

/** A new model that is fitted to a split; nothing where its architecture is trained in steps. */
export async function fitModel(config: ModelConfig, split: unknown): Promise<Model | undefined> {
  const { fitTo } = await architectureOf(config).load();
  return fitTo?.(split, config);
}

/** A model whose weights, all zero, are to come from a checkpoint: drawing them would be lost work. */
export function emptyModel(config: ModelConfig): Promise<Model> {
  return build(config, undefined);
}

async function build(config: ModelConfig, seed: number | undefined): Promise<Model> {
  const architecture = architectureOf(config);
  const parsed = architecture.config.safeParse(config);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new UsageError(`${architecture.name} cannot be made so: ${[...path, message].join(': ')}`);
  }
  const { create } = await architecture.load();
  return create(parsed.data, seed);
}
