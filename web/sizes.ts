// The models that the page offers, small enough to learn something while one watches.
import {
  ARCHITECTURES,
  countParameters,
  modelOf,
  resolveSettings,
  type Settings,
  taskOf,
  WEB_SIZES,
  type WebSize,
} from 'tsgpt/web';
import type { Kind } from './messages.ts';

/** It learns until it is stopped, so there is no end for the learning rate to fall towards. */
const COMMON = { schedule: 'constant', warmupSteps: 20, learningRate: 2e-3, maxSteps: 1_000_000 };

export const VOCAB_SIZE = 512;
/** builtin:stories that make up the sample text: about half a megabyte. */
export const STORIES = 900;

export function settingsOf(size: WebSize, arch: string): Settings {
  const own = ARCHITECTURES.find(({ name }) => name === arch)?.webSizes[size];
  return resolveSettings({ arch, file: { ...COMMON, ...own } });
}

/** For a model that was trained before. */
export function furtherSettings(arch: string): Settings {
  return resolveSettings({ arch, file: { ...COMMON, learningRate: 5e-4, batchSize: 8 } });
}

export function kinds(): Kind[] {
  return ARCHITECTURES.map(({ name: arch, title }) => {
    const ofText = taskOf({ arch }).sizes({ tokenizer: { vocabSize: VOCAB_SIZE } });
    const count = (size: WebSize) => countParameters(modelOf(settingsOf(size, arch), arch, ofText));
    const sizes = WEB_SIZES.map((size) => [size, millions(count(size))]);
    return { arch, title, sizes: Object.fromEntries(sizes) as Kind['sizes'] };
  });
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(count < 9.5e6 ? 1 : 0)} M`;
}
