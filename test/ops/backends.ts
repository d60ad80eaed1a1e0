// The backends that op tests run on: each of ours that can run here, native's lower CPU targets too, and `composed`, which is tfjs's CPU backend without
// any kernel of ours, so that what ops fall back to is tested although every backend has some kernels.
import * as tf from '#tfjs';
import { BACKENDS, startBackend } from '../../src/backends/index.ts';
import { LOWER_TARGETS, missing, startTarget } from '../backends/native/lower-targets.ts';
import { TOLERANCE } from '../tolerances.ts';

export interface TestBackend {
  name: string;
  start(): Promise<unknown>;
  /** Norm-wise, of values and of gradients. */
  tolerance: { value: number; gradient: number };
}

const FP32 = { value: TOLERANCE.op, gradient: TOLERANCE.gradient };
const HALF = {
  bf16: { value: TOLERANCE.bf16, gradient: TOLERANCE.bf16 },
  fp16: { value: TOLERANCE.fp16, gradient: TOLERANCE.fp16 },
};

export interface AbsentBackend {
  name: string;
  reason: string;
}

const COMPOSED = 'composed';

// Once in a process, before any backend of ours is started: `plain` adds its kernels to `cpu`.
if (!tf.findBackendFactory(COMPOSED)) {
  tf.registerBackend(COMPOSED, tf.findBackendFactory('cpu'));
  tf.copyRegisteredKernels('cpu', COMPOSED);
}

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
    const half = backend.half?.();
    if (half === undefined) continue;
    const { precision } = half;
    const precise = `${name} ${precision}`;
    if (half.usable)
      present.push({
        name: precise,
        tolerance: HALF[precision],
        start: () => startBackend(name, { precision }),
      });
    else absent.push({ name: precise, reason: half.reason });
  }
  for (const target of LOWER_TARGETS)
    present.push({ name: `native ${target}`, tolerance: FP32, start: () => startTarget(target) });
  if (missing) absent.push({ name: 'native on lower targets', reason: missing });
  return { present, absent };
}
