// What the tables set side by side: each a command that measures one configuration and prints one JSON object.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const CLI = path('../dist/cli.js');
const SMALL = ['gpt-baby', 'lstm-small'];

/** The first Python that has PyTorch, and for a GPU one that finds it. */
export function findPython({ cuda = false } = {}) {
  const test = cuda ? 'import torch; assert torch.cuda.is_available()' : 'import torch';
  return [process.env.PYTHON, 'python3', '/usr/bin/python3']
    .filter(Boolean)
    .find((program) => spawnSync(program, ['-c', test]).status === 0);
}

/**
 * `side` is the column it stands in; of several on one side the fastest is shown. A slow one runs but once, and tfjs as
 * it comes takes minutes for a step of any but the small configurations.
 */
export function contendersOnCpu() {
  const python = findPython();
  // With one thread PyTorch leaves it to its BLAS library to use more, which is often faster: both are tried.
  const threads = python === undefined ? [] : [...new Set([1, availableParallelism()])];
  return [
    ...['fp32', 'bf16'].flatMap((precision) => [
      ours('native', precision),
      ...threads.map((count) => pytorch(python, precision, '--threads', String(count))),
    ]),
    { ...ours('plain'), slow: true, only: SMALL },
    { ...stock('tfjs'), slow: true, only: SMALL },
  ];
}

/** tfjs's own kernels take seconds for a step: a few are timed. */
export function contendersOnGpu({ compile = false } = {}) {
  const python = findPython({ cuda: true });
  const precisions = python === undefined ? [] : ['fp32', 'tf32', 'bf16'];
  return [
    ours('webgpu', 'fp32'),
    ours('webgpu', 'fp16'),
    ...precisions.map((precision) => pytorch(python, precision, '--device', 'cuda')),
    ...(compile
      ? precisions.map((precision) => pytorch(python, precision, '--device', 'cuda', '--compile'))
      : []),
    { ...stock('tfjs-webgpu', '--backend', 'webgpu'), slow: true, steps: 3 },
  ];
}

/**
 * `{ result }`, or `{ error }` where it cannot run, or not in so many `seconds`. Waits for the end: no two may run at
 * once. Without `steps` it takes as many as it thinks enough.
 */
export function measureOnce({ command, steps: own }, config, { steps = own, seconds } = {}) {
  const few = steps === undefined ? [] : ['--steps', String(Math.min(steps, own ?? steps))];
  return jsonOf([...command(config), ...few], seconds);
}

/** What a program prints, as JSON. */
export function jsonOf([program, ...words], seconds) {
  if (seconds < 1) return { error: 'no time is left' };
  const limits = { timeout: seconds && Math.ceil(seconds * 1000), killSignal: 'SIGKILL', maxBuffer: 2 ** 26 };
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: 'utf8', ...limits });
  if (status === 0) return { result: JSON.parse(stdout) };
  if (error?.code === 'ETIMEDOUT') return { error: `not done after ${seconds.toFixed(0)} s` };
  const said = stderr.match(/^[\w.]*error\b.*/im)?.[0] ?? stderr.trim().split('\n').at(-1);
  return { error: error?.message ?? said };
}

function ours(backend, precision) {
  const side = precision ? `${backend} ${precision}` : backend;
  const flags = ['--backend', backend, ...(precision ? ['--precision', precision] : []), '--json'];
  return { side, name: side, command: (config) => [process.execPath, CLI, 'bench', config, ...flags] };
}

function pytorch(python, precision, ...flags) {
  const side = `PyTorch ${precision}${flags.includes('--compile') ? ' compiled' : ''}`;
  const words = ['--precision', precision, ...flags];
  return {
    side,
    name: `${side}, ${flags.join(' ').replaceAll('--', '')}`,
    command: (config) => [python, path('peer.py'), config, ...words],
  };
}

function stock(side, ...flags) {
  return { side, name: side, command: (config) => [process.execPath, path('stock.mjs'), config, ...flags] };
}

function path(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
