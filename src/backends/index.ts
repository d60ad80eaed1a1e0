// Chooses and starts a backend, with its precision and its threads.
import * as tf from '@tensorflow/tfjs';
import { TsgptError, UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import { type Backend, type Bf16, PRECISIONS, type Precision, type StartOptions } from './backend.ts';
import { BACKENDS } from './list.ts';

export type { Backend, Precision, Probe } from './backend.ts';
export { BACKENDS };

const WITHOUT_BF16 = 'leave --precision out, or give fp32';

export interface EngineOptions {
  /** auto, fp32 or bf16. */
  precision?: string | undefined;
  threads?: number | undefined;
}

export interface Started {
  name: string;
  detail: string;
  /** Why this one. */
  why: string;
  precision: Precision;
  whyPrecision: string;
}

/** Starts the backend of that name, or for `auto` the first that can run; bf16, for `auto`, where it can be had. */
export async function startBackend(
  name = 'auto',
  { precision: asked = 'auto', threads }: EngineOptions = {},
): Promise<Started> {
  checkPrecision(asked);
  const passedOver: string[] = [];
  for (const backend of name === 'auto' ? BACKENDS : [backendNamed(name)]) {
    const obstacle = await obstacleTo(backend, asked, name === 'auto');
    if (obstacle === undefined) {
      const bf16 = bf16Of(backend);
      const precision = asked !== 'fp32' && bf16.usable ? 'bf16' : 'fp32';
      return {
        name: backend.name,
        detail: await start(backend, { precision, threads }),
        why: name === 'auto' ? ['the fastest that runs here', ...passedOver].join('; ') : 'asked for',
        precision,
        whyPrecision: asked !== 'auto' ? 'asked for' : bf16.usable ? 'faster than fp32' : bf16.reason,
      };
    }
    if (name !== 'auto')
      throw new TsgptError(`the backend ${name} cannot ${obstacle.what}: ${obstacle.reason}`, obstacle.hint);
    passedOver.push(obstacle.reason);
  }
  throw new TsgptError(`no backend computes in bf16 here: ${passedOver.join('; ')}`, WITHOUT_BF16);
}

export function bf16Of(backend: Backend): Bf16 {
  return backend.bf16?.() ?? { usable: false, reason: `${backend.name} computes in fp32 alone` };
}

/** From now on the backend at work keeps these weights, which are only read, in bfloat16. */
export function holdWeightsAsBf16(parameters: Iterable<tf.Variable>): void {
  const backend = BACKENDS.find(({ tfjsName }) => tfjsName === tf.getBackend());
  if (!backend?.holdWeightsAsBf16) {
    throw new TsgptError(
      `the backend ${backend?.name ?? tf.getBackend()} cannot hold weights as bf16`,
      'leave --weights out, or give fp32',
    );
  }
  backend.holdWeightsAsBf16(parameters);
}

/** What keeps the backend from running in that precision, or from being chosen for it. */
async function obstacleTo(backend: Backend, precision: string, unasked: boolean) {
  const probe = await backend.probe();
  if (!probe.usable) return { what: 'run here', ...probe };
  if (unasked && probe.onlyIfAsked !== undefined)
    return { what: 'be chosen', reason: probe.onlyIfAsked, hint: `ask for it: --backend ${backend.name}` };
  const bf16 = bf16Of(backend);
  if (precision !== 'bf16' || bf16.usable) return undefined;
  return { what: 'compute in bf16 here', reason: bf16.reason, hint: WITHOUT_BF16 };
}

function checkPrecision(precision: string): void {
  const known = ['auto', ...PRECISIONS];
  if (!known.includes(precision))
    throw new UsageError(`unknown precision ${JSON.stringify(precision)}`, didYouMean(precision, known));
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
