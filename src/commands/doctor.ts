// tsgpt doctor: what can run here, and why not the rest.
import { Command } from 'commander';
import { formatBytes } from '../base/format.ts';
import { columns, JSON_OPTION, type JsonFlag, printResult } from './output.ts';

const EXAMPLES = `
Examples:
  tsgpt doctor
  tsgpt doctor --json`;

export function command(): Command {
  return new Command('doctor')
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(examine);
}

async function examine(flags: JsonFlag): Promise<void> {
  const [{ BACKENDS, precisionsOf }, { thisMachine }, os, tf] = await Promise.all([
    import('../backends/index.ts'),
    import('../run/record.ts'),
    import('node:os'),
    import('#tfjs'),
  ]);
  const machine = thisMachine();
  const backends = await Promise.all(
    BACKENDS.map(async (backend) => ({
      name: backend.name,
      ...(await backend.probe()),
      precisions: precisionsOf(backend),
    })),
  );
  const tfjs = tf.version_core;
  const chosen = backends.find((backend) => backend.usable && backend.onlyIfAsked === undefined)?.name;
  const memory = { total: os.totalmem(), free: os.freemem() };
  printResult({ machine, memory, tfjs, backends, chosen }, flags, () =>
    columns([
      ['node', `${machine.node} on ${machine.platform}`],
      ['processor', `${machine.cpu}, ${machine.cores} cores`],
      ['memory', `${formatBytes(memory.free)} free of ${formatBytes(memory.total)}`],
      ['tfjs', tfjs],
      ...backends.flatMap((backend): [string, string][] =>
        backend.usable
          ? [
              [
                backend.name,
                `yes: ${backend.detail}; ${backend.precisions.join(' and ')}${remark(backend, chosen)}`,
              ],
            ]
          : [
              [backend.name, `no: ${backend.reason}`],
              ['', `→ ${backend.hint}`],
            ],
      ),
    ]),
  );
}

function remark(
  { name, onlyIfAsked }: { name: string; onlyIfAsked?: string },
  chosen: string | undefined,
): string {
  if (onlyIfAsked !== undefined) return ` (only if asked for: ${onlyIfAsked})`;
  return name === chosen ? ' (what auto chooses)' : '';
}
