// The sizes of model that the page offers: they are small enough to learn something while a person watches.
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

/** The learning rate is constant, since training has no last step: it goes on until a person stops it. */
const COMMON = { schedule: 'constant', warmupSteps: 20, learningRate: 2e-3, maxSteps: 1_000_000 };

export const VOCAB_SIZE = 512;
/** So many of builtin:stories are about half a megabyte of text. */
export const STORIES = 900;

export function settingsOf(size: WebSize, arch: string): Settings {
  const own = ARCHITECTURES.find(({ name }) => name === arch)?.webSizes?.[size];
  return resolveSettings({ arch, file: { ...COMMON, ...own } });
}

/** A trained model wants a lower learning rate than a new one. */
export function furtherSettings(arch: string): Settings {
  return resolveSettings({ arch, file: { ...COMMON, learningRate: 5e-4, batchSize: 8 } });
}

export function kinds(): Kind[] {
  return ARCHITECTURES.filter(({ webSizes }) => webSizes).map(({ name: arch, title }) => {
    const ofText = taskOf({ arch }).sizes({ tokenizer: { name: arch, vocabSize: VOCAB_SIZE, endOfText: 0 } });
    const count = (size: WebSize) => countParameters(modelOf(settingsOf(size, arch), arch, ofText));
    const sizes = WEB_SIZES.map((size) => [size, millions(count(size))]);
    return { arch, title, sizes: Object.fromEntries(sizes) as Kind['sizes'] };
  });
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(count < 9.5e6 ? 1 : 0)} M`;
}
