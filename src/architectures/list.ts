// The architectures there are. Outside of this folder nobody names one.
import { UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import type { Architecture } from './architecture.ts';
import { bert } from './bert/index.ts';
import { cnn } from './cnn/index.ts';
import type { ModelConfig } from './config.ts';
import { gpt } from './gpt/index.ts';
import { gru } from './gru/index.ts';
import { llama } from './llama/index.ts';
import { lstm } from './lstm/index.ts';
import { ngram } from './ngram/index.ts';
import { rnn } from './rnn/index.ts';
import { seq2seq } from './seq2seq/index.ts';
import { tagger } from './tagger/index.ts';
import { vae } from './vae/index.ts';

/**
 * The architectures there are, in the order in which help and menus show them.
 */
export const ARCHITECTURES: readonly Architecture[] = [
  gpt,
  llama,
  lstm,
  gru,
  rnn,
  cnn,
  ngram,
  seq2seq,
  tagger,
  vae,
  bert,
];

/** The architecture that is trained where no other is asked for. */
export const DEFAULT_ARCH = gpt.name;
export const ARCHS: readonly string[] = ARCHITECTURES.map(({ name }) => name);
/** Those that learn in steps; the others are fitted at once. */
export const TRAINED_ARCHS: readonly string[] = ARCHITECTURES.filter(({ isFitted }) => !isFitted).map(
  ({ name }) => name,
);

/**
 * Finds an architecture by its name, and refuses an unknown one with the nearest right name.
 * @example
 * import { architectureNamed } from 'tsgpt';
 * const { title, presets } = architectureNamed('lstm');
 * console.log(title, Object.keys(presets));
 */
export function architectureNamed(name: string): Architecture {
  const found = ARCHITECTURES.find((architecture) => architecture.name === name);
  if (found) return found;
  throw new UsageError(`unknown architecture ${JSON.stringify(name)}`, didYouMean(name, ARCHS));
}

export function architectureOf({ arch }: Pick<ModelConfig, 'arch'>): Architecture {
  return architectureNamed(arch);
}
