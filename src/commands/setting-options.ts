// One flag a setting (--learning-rate for learningRate), --set key=value, --config and --preset.
import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { kebab } from '../base/kebab.ts';
import { readTextFile } from '../base/text-file.ts';
import { PRESET_NAMES, PRESET_ROWS } from '../settings/presets.ts';
import { SETTINGS, type SettingGroup, type SettingRow, type SettingSources } from '../settings/settings.ts';

export interface SettingFlags {
  preset?: string;
  config?: string;
  set?: string[];
}

const GROUPS: Readonly<Record<SettingGroup, string>> = {
  model: 'Model settings:',
  training: 'Training settings:',
  optimizer: 'Optimizer settings:',
  'fine-tuning': 'Fine-tuning settings (names: whole parts of them, * for anything):',
};

/** Those of fine-tuning are for verbs that can begin with a checkpoint. */
export function addSettingOptions(
  command: Command,
  groups: readonly SettingGroup[] = ['model', 'training', 'optimizer'],
): Command {
  const longest = Math.max(...PRESET_NAMES.map((name) => name.length));
  const presets = PRESET_ROWS.map(
    ({ name, arch, about }) => `  ${name.padEnd(longest + 2)}${arch}: ${about}`,
  );
  command
    .optionsGroup('Settings:')
    .option('--preset <name>', `start from named settings: ${PRESET_NAMES.join(', ')} (see below)`)
    .option('--config <file>', 'a JSON file of settings, by the names below in camelCase')
    .option('--set <key=value...>', 'settings by their names, as learningRate=1e-3');
  for (const group of groups) {
    command.optionsGroup(GROUPS[group]);
    for (const row of SETTINGS.filter((row) => row.group === group)) {
      const shown = row.default === undefined ? '' : ` (default: ${row.default})`;
      command.option(`--${kebab(row.name)} ${argumentOf(row)}`, row.description + shown);
    }
  }
  return command.addHelpText('after', `\nPresets:\n${presets.join('\n')}`);
}

/** A flag alone is true. */
function argumentOf({ isList, default: value }: SettingRow): string {
  if (isList) return '<names...>';
  return typeof value === 'boolean' ? '[true|false]' : typeof value === 'string' ? '<name>' : '<n>';
}

/** The user's settings as resolveSettings takes them. */
export function settingSources(
  options: SettingFlags & Record<string, unknown>,
): Omit<SettingSources, 'arch'> {
  const flags: Record<string, unknown> = {};
  for (const { name } of SETTINGS) if (options[name] !== undefined) flags[name] = options[name];
  for (const pair of options.set ?? []) {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`expected --set key=value, but got ${JSON.stringify(pair)}`);
    flags[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return {
    preset: options.preset,
    file: options.config === undefined ? undefined : readConfig(options.config),
    flags,
  };
}

function readConfig(path: string): unknown {
  return parseJson(readTextFile(path), z.unknown(), path);
}
