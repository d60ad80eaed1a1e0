// One flag a setting (--learning-rate for learningRate), --set key=value, --config and --preset.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { readable } from '../base/system-error.ts';
import { PRESETS } from '../config/presets.ts';
import { SETTINGS, type SettingSources } from '../config/settings.ts';
import { kebab } from './flags.ts';

export interface SettingFlags {
  preset?: string;
  config?: string;
  set?: string[];
}

export function addSettingOptions(command: Command): Command {
  const presets = Object.entries(PRESETS).map(([name, { about }]) => `  ${name.padEnd(6)}${about}`);
  command
    .optionsGroup('Settings:')
    .option('--preset <name>', `start from named settings: ${Object.keys(PRESETS).join(', ')} (see below)`)
    .option('--config <file>', 'a JSON file of settings, by the names below in camelCase')
    .option('--set <key=value...>', 'settings by their names, as learningRate=1e-3');
  for (const group of ['model', 'training'] as const) {
    command.optionsGroup(`${group === 'model' ? 'Model' : 'Training'} settings:`);
    for (const { name, description, default: value } of SETTINGS.filter((row) => row.group === group)) {
      const shown = value === undefined ? '' : ` (default: ${value})`;
      command.option(`--${kebab(name)} <${kindOf(value)}>`, description + shown);
    }
  }
  return command.addHelpText('after', `\nPresets:\n${presets.join('\n')}`);
}

function kindOf(value: unknown): string {
  return typeof value === 'boolean' ? 'true|false' : typeof value === 'string' ? 'name' : 'n';
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
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw readable(error, `reading the settings in ${path}`);
  }
  return parseJson(text, z.unknown(), path);
}
