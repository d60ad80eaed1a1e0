// createModel and emptyModel for tests, without the wait for an architecture's code: it is loaded here, once.
import type { ModelConfig } from '../src/architectures/config.ts';
import type { LanguageModel } from '../src/architectures/language-model.ts';
import { ARCHITECTURES } from '../src/architectures/list.ts';

const loaded = new Map(
  await Promise.all(ARCHITECTURES.map(async ({ name, load }) => [name, await load()] as const)),
);

export function createModel(config: ModelConfig, seed = 0): LanguageModel {
  return loaded.get(config.arch)!.create(config, seed) as LanguageModel;
}

export function emptyModel(config: ModelConfig): LanguageModel {
  return loaded.get(config.arch)!.create(config) as LanguageModel;
}
