// What the table sets side by side: each a command that measures one configuration and prints one JSON object.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const CLI = path('../dist/cli.js');
const SMALL = ['gpt-baby', 'lstm-small'];

/** The first Python that has PyTorch. */
export const python = [process.env.PYTHON, 'python3', '/usr/bin/python3']
  .filter(Boolean)
  .find((program) => spawnSync(program, ['-c', 'import torch']).status === 0);

// With one thread PyTorch leaves it to its BLAS library to use more, which is often faster: both are tried.
const pytorchThreads = python === undefined ? [] : [...new Set([1, availableParallelism()])];

/**
 * `side` is the column it stands in; of several on one side the fastest is shown. A slow one runs but once, and tfjs as
 * it comes takes minutes for a step of any but the small configurations.
 */
const CONTENDERS = [
  ...['fp32', 'bf16'].flatMap((precision) => [
    ours(`native ${precision}`, '--backend', 'native', '--precision', precision),
    ...pytorchThreads.map((threads) => pytorch(precision, String(threads))),
  ]),
  { ...ours('plain', '--backend', 'plain'), slow: true, only: SMALL },
  {
    side: 'tfjs',
    name: 'tfjs',
    slow: true,
    only: SMALL,
    command: (config) => [process.execPath, path('stock.mjs'), config],
  },
];

export function contendersFor(config) {
  return CONTENDERS.filter(({ only }) => only === undefined || only.includes(config));
}

/** `{ result }`, or `{ error }` where it cannot run. Waits for the end: no two may run at once. */
export function measureOnce({ command }, config) {
  const [program, ...words] = command(config);
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  if (status === 0) return { result: JSON.parse(stdout) };
  return { error: error?.message ?? stderr.match(/^error: .*/m)?.[0] ?? stderr.trim().split('\n').at(-1) };
}

function ours(side, ...flags) {
  return {
    side,
    name: side,
    command: (config) => [process.execPath, CLI, 'bench', config, ...flags, '--json'],
  };
}

function pytorch(precision, threads) {
  const side = `PyTorch ${precision}`;
  const flags = ['--precision', precision, '--threads', threads];
  return {
    side,
    name: `${side}, threads ${threads}`,
    command: (config) => [python, path('peer.py'), config, ...flags],
  };
}

function path(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
