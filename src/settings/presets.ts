// Named settings, as each architecture declares its own.
import type { SettingValues } from '../architectures/config.ts';
import { ARCHITECTURES, architectureNamed } from '../architectures/list.ts';
import { UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';

/** The presets' names over all architectures, each once. */
export const PRESET_NAMES: readonly string[] = [
  ...new Set(ARCHITECTURES.flatMap(({ presets }) => Object.keys(presets))),
];

/** What each architecture means by each preset, for --help. */
export const PRESET_ROWS = PRESET_NAMES.flatMap((name) =>
  ARCHITECTURES.flatMap((architecture) => {
    const preset = architecture.presets[name];
    return preset ? [{ name, arch: architecture.name, about: preset.about }] : [];
  }),
);

export function presetValues(name: string | undefined, arch: string): SettingValues {
  if (name === undefined) return {};
  if (!PRESET_NAMES.includes(name))
    throw new UsageError(`unknown preset ${JSON.stringify(name)}`, didYouMean(name, PRESET_NAMES));
  const { presets } = architectureNamed(arch);
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset) return preset.settings;
  const having = ARCHITECTURES.filter(({ presets }) => Object.hasOwn(presets, name)).map(({ name }) => name);
  throw new UsageError(
    `the preset ${name} has no settings for ${arch}`,
    `it is for --arch ${having.join(' or ')}; for ${arch}: ${Object.keys(presets).join(', ') || 'there are none'}`,
  );
}
