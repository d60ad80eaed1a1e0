// Chooses and starts a backend.
import * as tf from '@tensorflow/tfjs';
import { TsgptError, UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import type { Backend } from './backend.ts';
import { plain } from './plain/index.ts';
import { tensorflow } from './tensorflow/index.ts';

export type { Backend, Probe } from './backend.ts';

/** In the order in which `auto` prefers them. */
export const BACKENDS: readonly Backend[] = [tensorflow, plain];

export interface Started {
  name: string;
  detail: string;
  /** Why this one. */
  why: string;
}

/** Starts the backend of that name, or for `auto` the first that can run. */
export async function startBackend(name = 'auto'): Promise<Started> {
  const passedOver: string[] = [];
  for (const backend of name === 'auto' ? BACKENDS : [backendNamed(name)]) {
    const probe = await backend.probe();
    if (probe.usable) {
      await start(backend);
      const why = name === 'auto' ? ['the fastest that runs here', ...passedOver].join('; ') : 'asked for';
      return { name: backend.name, detail: probe.detail, why };
    }
    if (name !== 'auto')
      throw new TsgptError(`the backend ${name} cannot run here: ${probe.reason}`, probe.hint);
    passedOver.push(probe.reason);
  }
  throw new Error('internal: no backend can run');
}

function backendNamed(name: string): Backend {
  const backend = BACKENDS.find((known) => known.name === name);
  if (backend) return backend;
  const names = ['auto', ...BACKENDS.map((known) => known.name)];
  throw new UsageError(`unknown backend ${JSON.stringify(name)}`, didYouMean(name, names));
}

/** tfjs falls back to another backend with a mere warning, so what runs is checked. */
async function start(backend: Backend): Promise<void> {
  backend.start?.();
  const started = await tf.setBackend(backend.tfjsName);
  if (!started || tf.getBackend() !== backend.tfjsName) {
    throw new TsgptError(`the backend ${backend.name} did not start`, 'tfjs printed the reason above');
  }
}
