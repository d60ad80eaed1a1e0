// Builds the addon for training on many machines, where an MPI's compiler is there.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const FLAGS = '-x c++ -std=gnu++17 -O3 -Wall -Wextra -fPIC -shared -fvisibility=hidden -pthread'.split(' ');
const ON_MAC = ['-undefined', 'dynamic_lookup'];

/** `headers` is the folder of Node's; throws what prevents it. */
export function buildMpi(compiler, headers) {
  const out = join(here, '../build/Release');
  mkdirSync(out, { recursive: true });
  const sources = readdirSync(here).filter((name) => name.endsWith('.cc'));
  const { status, stderr } = spawnSync(
    compiler,
    [
      ...FLAGS,
      ...(process.platform === 'darwin' ? ON_MAC : []),
      `-I${headers}`,
      ...sources.map((name) => join(here, name)),
      ...['-o', join(out, 'mpi.node')],
      ...(process.platform === 'darwin' ? ['-lc++'] : ['-lstdc++', '-ldl']),
    ],
    { encoding: 'utf8' },
  );
  if (status === 0) return;
  throw new Error(stderr?.match(/^.*\berror\b.*$/im)?.[0].trim() ?? `${compiler} ended with ${status}`);
}
