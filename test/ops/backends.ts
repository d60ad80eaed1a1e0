// The backends that op tests run on: each of ours that can run here, and `composed`, which is tfjs's CPU backend without
// any kernel of ours, so that what ops fall back to is tested although every backend has some kernels.
import * as tf from '@tensorflow/tfjs';
import { BACKENDS, startBackend } from '../../src/backends/index.ts';
import { TOLERANCE } from '../tolerances.ts';

export interface TestBackend {
  name: string;
  start(): Promise<unknown>;
  /** Norm-wise, of values and of gradients. */
  tolerance: { value: number; gradient: number };
}

const FP32 = { value: TOLERANCE.op, gradient: TOLERANCE.gradient };
const BF16 = { value: TOLERANCE.bf16, gradient: TOLERANCE.bf16 };

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
  tolerance: FP32,
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
    if (!probe.usable) {
      absent.push({ name, reason: probe.reason });
      continue;
    }
    present.push({ name, tolerance: FP32, start: () => startBackend(name, { precision: 'fp32' }) });
    const bf16 = backend.bf16?.() ?? { usable: false, reason: `${name} has no bfloat16` };
    const precise = `${name} bf16`;
    if (bf16.usable)
      present.push({
        name: precise,
        tolerance: BF16,
        start: () => startBackend(name, { precision: 'bf16' }),
      });
    else absent.push({ name: precise, reason: bf16.reason });
  }
  return { present, absent };
}
