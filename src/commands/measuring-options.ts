// The flags of eval that say how a task measures, made from what the tasks declare.
import type { Command } from 'commander';
import type { z } from 'zod';
import { UsageError, unexpected } from '../base/errors.ts';
import { kebab } from '../base/kebab.ts';
import { TASKS } from '../tasks/list.ts';
import type { Task } from '../tasks/task.ts';

type Flags = Readonly<Record<string, unknown>>;

/** Tasks that share a setting mean the same by it. */
const SCHEMAS = new Map(
  TASKS.flatMap(({ measuring }) => Object.entries<z.ZodType>(measuring as Record<string, z.ZodType>)),
);

export function addMeasuringOptions(command: Command): Command {
  for (const [name, schema] of SCHEMAS) {
    const value = isSwitch(schema) ? '' : ' <n>';
    command.option(`--${kebab(name)}${value}`, schema.description ?? '');
  }
  return command;
}

/** The values given, checked; one that the task does not know is refused. */
export function measuringSettings({ name: task, measuring }: Task, flags: Flags): Flags {
  const given = [...SCHEMAS.keys()].filter((name) => flags[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, checkedValue(name, flags[name])]));

  function checkedValue(name: string, value: unknown): unknown {
    const schema = measuring[name] as z.ZodType | undefined;
    if (schema === undefined) {
      const known = Object.keys(measuring).map((known) => `--${kebab(known)}`);
      throw new UsageError(
        `--${kebab(name)} means nothing to ${task}`,
        `it has ${known.join(', ') || 'no such flag'}`,
      );
    }
    const parsed = schema.safeParse(isSwitch(schema) ? value : Number(value));
    if (parsed.success) return parsed.data;
    throw unexpected(`--${kebab(name)}`, parsed.error.issues[0]!.message, value);
  }
}

function isSwitch(schema: z.ZodType): boolean {
  return schema.safeParse(true).success;
}
