// tsgpt doctor: what can run here, and why not the rest.
import { Command } from 'commander';
import type { Probe } from '../backends/backend.ts';
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
  const [{ BACKENDS, precisionsOf }, { thisMachine }, { probeTransformers }, { probeMpi }, os, tf] =
    await Promise.all([
      import('../backends/index.ts'),
      import('../run/record.ts'),
      import('../hub/transformers.ts'),
      import('../collectives/addon.ts'),
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
  const transformers = await probeTransformers();
  const { addon: _, ...mpi } = { addon: undefined, ...probeMpi() };
  printResult({ machine, memory, tfjs, backends, chosen, transformers, mpi }, flags, () =>
    columns([
      ['node', `${machine.node} on ${machine.platform}`],
      ['processor', `${machine.cpu}, ${machine.cores} cores`],
      ['memory', `${formatBytes(memory.free)} free of ${formatBytes(memory.total)}`],
      ['tfjs', tfjs],
      ...backends.flatMap((backend) =>
        found(backend.name, backend, () => `; ${backend.precisions.join(' and ')}${remark(backend, chosen)}`),
      ),
      ...found('transformers.js', transformers),
      ...found('MPI', mpi),
    ]),
  );
}

/** One line for what can run, two for what cannot: the reason, and what would change that. */
function found(name: string, probe: Probe, more = () => ''): [string, string][] {
  if (probe.usable) return [[name, `yes: ${probe.detail}${more()}`]];
  return [
    [name, `no: ${probe.reason}`],
    ['', `→ ${probe.hint}`],
  ];
}

function remark(
  { name, onlyIfAsked }: { name: string; onlyIfAsked?: string },
  chosen: string | undefined,
): string {
  if (onlyIfAsked !== undefined) return ` (only if asked for: ${onlyIfAsked})`;
  return name === chosen ? ' (what auto chooses)' : '';
}
