// The flags of the verbs that let a model write: how its tokens are drawn.
import type { Command } from 'commander';
import { kebab } from '../base/kebab.ts';
import { type SamplingInput, type SamplingOptions, samplingSchema } from '../sampling/options.ts';
import { numberFlag } from './flags.ts';

type NumberName = {
  [Name in keyof SamplingOptions]: SamplingOptions[Name] extends number ? Name : never;
}[keyof SamplingOptions];

export type SamplingFlags = { [Name in NumberName]?: string } & { stop?: string[] };

export function addSamplingOptions(command: Command, names: readonly NumberName[]): Command {
  command.option('--stop <text...>', samplingSchema.shape.stop.description);
  for (const name of names) {
    const schema = samplingSchema.shape[name];
    command.option(`--${kebab(name)} <n>`, `${schema.description} (default: ${schema.parse(undefined)})`);
  }
  return command;
}

export function samplingInput(flags: SamplingFlags, names: readonly NumberName[]): SamplingInput {
  const input: SamplingInput = { ...(flags.stop && { stop: flags.stop }) };
  for (const name of names) {
    const text = flags[name];
    if (text !== undefined) input[name] = numberFlag(kebab(name), text);
  }
  return input;
}
