// Chooses and starts a backend, with its precision and its threads.
import * as tf from '#tfjs';
import { TsgptError, UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import type { Backend, GpuAtWork, Precision, StartOptions } from './backend.ts';
import { BACKENDS } from './list.ts';
import { checkPrecision, obstacleToPrecision, precisionFor } from './precision.ts';

export type { Backend, GpuAtWork, Precision, Probe } from './backend.ts';
export { precisionsOf } from './precision.ts';
export { BACKENDS };

const WITHOUT_HALF = 'leave --precision out, or give fp32';

export interface EngineOptions {
  /** auto, or one of PRECISIONS. */
  precision?: string | undefined;
  threads?: number | undefined;
  /** How many processes share the cores that this one may use: each takes its share. */
  sharers?: number | undefined;
}

export interface Started {
  name: string;
  detail: string;
  /** Why this one. */
  why: string;
  precision: Precision;
  whyPrecision: string;
}

/**
 * Starts the backend of that name, or for `auto` the first that can run here. Everything that computes needs it first.
 * @param name `auto`, or a name of `BACKENDS`.
 * @param options The precision of matrix products (`auto` takes half the width where that is faster), and how many threads.
 * @returns What was chosen, and why.
 * @example
 * import { startBackend } from 'tsgpt';
 * const { name, detail, why } = await startBackend('auto', { precision: 'fp32', threads: 2 });
 * console.log(name, detail, why);
 */
export async function startBackend(
  name = 'auto',
  { precision: asked = 'auto', threads, sharers }: EngineOptions = {},
): Promise<Started> {
  checkPrecision(asked);
  const passedOver: string[] = [];
  for (const backend of name === 'auto' ? BACKENDS : [backendNamed(name)]) {
    const obstacle = await obstacleTo(backend, asked, name === 'auto');
    if (obstacle === undefined) {
      const { precision, whyPrecision } = precisionFor(backend, asked);
      return {
        name: backend.name,
        detail: await start(backend, { precision, threads, sharers }),
        why: name === 'auto' ? ['the fastest that runs here', ...passedOver].join('; ') : 'asked for',
        precision,
        whyPrecision,
      };
    }
    if (name !== 'auto')
      throw new TsgptError(`the backend ${name} cannot ${obstacle.what}: ${obstacle.reason}`, obstacle.hint);
    passedOver.push(obstacle.reason);
  }
  throw new TsgptError(`no backend computes in ${asked} here: ${passedOver.join('; ')}`, WITHOUT_HALF);
}

/** From now on the backend at work keeps these weights, which are only read, in bfloat16. */
export function holdWeightsAsBf16(parameters: Iterable<tf.Variable>): void {
  const backend = atWork();
  if (!backend?.holdWeightsAsBf16) {
    throw new TsgptError(
      `the backend ${backend?.name ?? tf.getBackend()} cannot hold weights as bf16`,
      'leave --weights out, or give fp32',
    );
  }
  backend.holdWeightsAsBf16(parameters);
}

/** The live memory of a tensor of float32, which the backend at work has on this machine's own processor. */
export function memoryOf(tensor: tf.TensorInfo): Float32Array {
  const backend = atWork();
  if (backend?.memoryOf) return backend.memoryOf(tensor);
  const can = BACKENDS.filter((other) => other.memoryOf).map(({ name }) => name);
  throw new UsageError(
    `the backend ${backend?.name ?? tf.getBackend()} cannot train together with other processes`,
    `choose another: --backend ${can.join(' or ')}`,
  );
}

/** How many steps of training the backend at work is given beyond the one that is waited for. */
export function stepsAhead(): number {
  return atWork()?.stepsAhead ?? 0;
}

/** The GPU of the backend at work, if it has one that tells of itself. */
export function gpuAtWork(): GpuAtWork | undefined {
  return atWork()?.gpu?.();
}

function atWork(): Backend | undefined {
  return BACKENDS.find(({ tfjsName }) => tfjsName === tf.getBackend());
}

/** What keeps the backend from running in that precision, or from being chosen for it. */
async function obstacleTo(backend: Backend, precision: string, unasked: boolean) {
  const probe = await backend.probe();
  if (!probe.usable) return { what: 'run here', ...probe };
  if (unasked && probe.onlyIfAsked !== undefined)
    return { what: 'be chosen', reason: probe.onlyIfAsked, hint: `ask for it: --backend ${backend.name}` };
  const reason = obstacleToPrecision(backend, precision);
  return reason === undefined
    ? undefined
    : { what: `compute in ${precision} here`, reason, hint: WITHOUT_HALF };
}

function backendNamed(name: string): Backend {
  const backend = BACKENDS.find((known) => known.name === name);
  if (backend) return backend;
  throw new UsageError(
    `unknown backend ${JSON.stringify(name)}`,
    didYouMean(name, ['auto', ...BACKENDS.map((known) => known.name)]),
  );
}

/** Returns what it runs on. tfjs falls back to another backend with a mere warning, so what runs is checked. */
async function start(backend: Backend, options: StartOptions): Promise<string> {
  await backend.start?.(options);
  const started = await tf.setBackend(backend.tfjsName);
  const probe = await backend.probe(); // again: now with the threads it was given
  if (started && tf.getBackend() === backend.tfjsName && probe.usable) return probe.detail;
  throw new TsgptError(`the backend ${backend.name} did not start`, 'tfjs printed the reason above');
}
