// The backends that op tests run on: each of ours that can run here, and `composed`, which is tfjs's CPU backend without
// any kernel of ours, so that what ops fall back to is tested although every backend has some kernels.
import * as tf from '@tensorflow/tfjs';
import { BACKENDS, startBackend } from '../../src/backends/index.ts';

export interface TestBackend {
  name: string;
  start(): Promise<unknown>;
}

export interface AbsentBackend {
  name: string;
  reason: string;
}

const COMPOSED = 'composed';

// Before any backend of ours is started: `plain` adds its kernels to `cpu`.
tf.registerBackend(COMPOSED, tf.findBackendFactory('cpu'));
tf.copyRegisteredKernels('cpu', COMPOSED);

export const composed: TestBackend = {
  name: COMPOSED,
  start: async () => {
    await tf.setBackend(COMPOSED);
    Reflect.set(tf.engine().findBackend(COMPOSED), 'firstUse', false); // no banner
  },
};

export async function testBackends(): Promise<{ present: TestBackend[]; absent: AbsentBackend[] }> {
  const present: TestBackend[] = [composed];
  const absent: AbsentBackend[] = [];
  for (const backend of BACKENDS) {
    const { name } = backend;
    const probe = await backend.probe();
    if (probe.usable) present.push({ name, start: () => startBackend(name) });
    else absent.push({ name, reason: probe.reason });
  }
  return { present, absent };
}
