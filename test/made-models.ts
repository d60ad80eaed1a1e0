// createModel and emptyModel for tests, without the wait for an architecture's code: it is loaded here, once; and
// configurations of whatever architecture.
import { z } from 'zod';
import type { ModelConfig, SettingValues } from '../src/architectures/config.ts';
import type { LanguageModel, Model } from '../src/architectures/language-model.ts';
import { ARCHITECTURES, architectureNamed } from '../src/architectures/list.ts';

/** Those whose models say which token follows, and learn it in steps. */
export const LANGUAGE_ARCHS: readonly string[] = ARCHITECTURES.filter(
  ({ task, isFitted }) => task === 'next-token' && !isFitted,
).map(({ name }) => name);

const loaded = new Map(
  await Promise.all(ARCHITECTURES.map(async ({ name, load }) => [name, await load()] as const)),
);

/** Of these settings those that the architecture has, and its defaults. */
export function configOf(
  arch: string,
  { vocabSize, ...settings }: { vocabSize: number } & SettingValues,
): ModelConfig {
  const { settings: known, config } = architectureNamed(arch);
  const whole = { arch, vocabSize, ...z.object(known).parse(settings) } as ModelConfig;
  return config.safeParse(whole).data ?? whole; // sizes that follow from others; a task may have more to say
}

export function createModel(config: ModelConfig, seed = 0): LanguageModel {
  return loaded.get(config.arch)!.create(config, seed) as LanguageModel;
}

/** One of whatever task. */
export function createAnyModel(config: ModelConfig, seed = 0): Model {
  return loaded.get(config.arch)!.create(config, seed);
}

export function emptyModel(config: ModelConfig): LanguageModel {
  return loaded.get(config.arch)!.create(config) as LanguageModel;
}
