// Default learning rates, presets' among them, are chosen for AdamW; another optimizer wants so many times as much.
import type { SettingValues } from '../architectures/config.ts';
import { DEFAULT_OPTIMIZER, OPTIMIZERS, optimizerNamed } from '../optimizers/list.ts';

const RATES: readonly string[] = ['learningRate', 'minLearningRate'];

/** "for sgd 100 times the default, …": the words of --help. */
export const RATE_SCALES = OPTIMIZERS.flatMap(({ name, learningRateScale: scale }) =>
  scale === undefined ? [] : [`for ${name} ${scale} times the default`],
).join(', ');

/** The values with rates for the optimizer of that name. */
export function scaledRates(values: SettingValues, optimizer: unknown): SettingValues {
  const { learningRateScale: scale = 1 } = optimizerNamed(String(optimizer ?? DEFAULT_OPTIMIZER.name));
  const scaled = (value: unknown) =>
    typeof value === 'number' ? Number((value * scale).toPrecision(6)) : value;
  const entries = Object.entries(values);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, RATES.includes(name) ? scaled(value) : value]),
  );
}
