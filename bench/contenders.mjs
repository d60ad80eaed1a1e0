// The contenders that the tables set side by side. Each is a command that measures one configuration and prints one JSON
// object.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** @import { Contender, Limits, Outcome, Result } from './types.ts' */

const CLI = path('../dist/cli.js');
const SMALL = ['gpt-baby', 'lstm-small'];

/** The first Python that has PyTorch, and for a GPU one that finds it. */
export function findPython({ cuda = false } = {}) {
  const test = cuda ? 'import torch; assert torch.cuda.is_available()' : 'import torch';
  return [process.env.PYTHON, 'python3', '/usr/bin/python3']
    .filter((program) => program !== undefined)
    .find((program) => spawnSync(program, ['-c', test]).status === 0);
}

/**
 * Of several contenders on one side the fastest is shown. tfjs's own kernels take minutes for a step of any but the small
 * configurations.
 *
 * @returns {Contender[]}
 */
export function contendersOnCpu() {
  const python = findPython();
  // With one thread PyTorch may leave it to its BLAS library to use more, which is sometimes faster: both are tried.
  const all = String(availableParallelism());
  const ways = [...new Set(['1', all])].map((threads) => ['--threads', threads]);
  const compiled = ['--compile', '--threads', all];
  return [
    ...['fp32', 'bf16'].flatMap((precision) => [
      ours('native', precision),
      ...(python ? [...ways, compiled].map((flags) => pytorch(python, precision, ...flags)) : []).map(
        (contender) => ({ ...contender, side: `PyTorch ${precision}` }),
      ),
    ]),
    { ...ours('plain'), slow: true, only: SMALL },
    { ...stock('tfjs'), slow: true, only: SMALL },
  ];
}

/**
 * tfjs's own kernels take seconds for a step: a few are timed.
 *
 * @returns {Contender[]}
 */
export function contendersOnGpu({ compile = false } = {}) {
  const python = findPython({ cuda: true });
  const eager = ['--device', 'cuda'];
  const ways = compile ? [eager, [...eager, '--compile']] : [eager];
  return [
    ours('webgpu', 'fp32'),
    ours('webgpu', 'fp16'),
    ...ways.flatMap((flags) =>
      python ? ['fp32', 'tf32', 'bf16'].map((precision) => pytorch(python, precision, ...flags)) : [],
    ),
    { ...stock('tfjs-webgpu', '--backend', 'webgpu'), slow: true, steps: 3 },
  ];
}

/**
 * The outcome is an error where the contender cannot run, or takes longer than `seconds`. This waits for its end: no two
 * may run at once. Without `steps` the contender takes as many as it thinks enough.
 *
 * @param {Contender} contender
 * @param {string} config
 * @param {Limits} limits
 * @returns {Outcome<Result>}
 */
export function measureOnce({ command, steps: own }, config, { steps = own, seconds } = {}) {
  const few = steps === undefined ? [] : ['--steps', String(Math.min(steps, own ?? steps))];
  return jsonOf([...command(config), ...few], seconds);
}

/**
 * Runs a program that prints JSON.
 *
 * @param {string[]} command
 * @param {number} [seconds]
 * @returns {Outcome<any>}
 */
export function jsonOf([program = process.execPath, ...words], seconds = Number.POSITIVE_INFINITY) {
  if (seconds < 1) return { error: 'no time is left' };
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    encoding: 'utf8',
    timeout: Number.isFinite(seconds) ? Math.ceil(seconds * 1000) : undefined,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return { result: JSON.parse(stdout) };
  if (error && 'code' in error && error.code === 'ETIMEDOUT')
    return { error: `not done after ${seconds.toFixed(0)} s` };
  const said = stderr.match(/^[\w.]*error\b.*/im)?.[0] ?? stderr.trim().split('\n').at(-1);
  return { error: error?.message ?? String(said) };
}

/**
 * @param {string} backend
 * @param {string} [precision]
 * @returns {Contender}
 */
function ours(backend, precision) {
  const side = precision ? `${backend} ${precision}` : backend;
  const flags = ['--backend', backend, ...(precision ? ['--precision', precision] : []), '--json'];
  return { side, name: side, command: (config) => [process.execPath, CLI, 'bench', config, ...flags] };
}

/**
 * @param {string} python
 * @param {string} precision
 * @param {string[]} flags
 * @returns {Contender}
 */
function pytorch(python, precision, ...flags) {
  const side = `PyTorch ${precision}${flags.includes('--compile') ? ' compiled' : ''}`;
  const words = ['--precision', precision, ...flags];
  return {
    side,
    name: `${side}, ${flags.join(' ').replaceAll('--', '')}`,
    command: (config) => [python, path('peer.py'), config, ...words],
  };
}

/**
 * @param {string} side
 * @param {string[]} flags
 * @returns {Contender}
 */
function stock(side, ...flags) {
  return { side, name: side, command: (config) => [process.execPath, path('stock.mjs'), config, ...flags] };
}

/** @param {string} name */
function path(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
