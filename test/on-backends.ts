// The backends that whole models and runs are tested on: plain everywhere, native where it is built, and, for what a slow
// GPU in software can do in a test, webgpu where it can run.
import { beforeAll, describe, it } from 'vitest';
import type { Precision } from '../src/backends/backend.ts';
import { startBackend } from '../src/backends/index.ts';
import { native } from '../src/backends/native/index.ts';
import { webgpu } from '../src/backends/webgpu/index.ts';

export interface TestEngine {
  name: string;
  backend: string;
  precision: Precision;
}

const probe = await native.probe();

/** Why native is not here, if it is not. */
export const missing = probe.usable ? undefined : `native is not here: ${probe.reason}`;

/** plain, then native in each precision that it has here. */
export const ENGINES: TestEngine[] = [{ name: 'plain', backend: 'plain', precision: 'fp32' }];
if (probe.usable) ENGINES.push({ name: 'native', backend: 'native', precision: 'fp32' });
if (native.half?.().usable) ENGINES.push({ name: 'native bf16', backend: 'native', precision: 'bf16' });

/** Those whose numbers are float32's. */
const EXACT = ENGINES.filter(({ precision }) => precision === 'fp32');

/** For tests of what no backend has a hand in. */
export const FASTEST = EXACT.at(-1)!;

const gpu = await webgpu.probe();

/** Why webgpu is not here, if it is not. */
export const missingGpu = gpu.usable ? undefined : `webgpu is not here: ${gpu.reason}`;

/** webgpu, where it can run. */
export const GPUS: TestEngine[] = missingGpu
  ? []
  : [{ name: 'webgpu', backend: 'webgpu', precision: 'fp32' }];

/** The same tests on each CPU backend, in float32, started before they run. */
export function describeOnBackends(tests: () => void): void {
  if (missing) it.skip(missing, () => {});
  describeOn(EXACT, tests);
}

/** And on the GPU: tests that read no tensor synchronously, which a GPU cannot do. */
export function describeOnAllBackends(tests: () => void): void {
  describeOnBackends(tests);
  if (missingGpu) it.skip(missingGpu, () => {});
  describeOn(GPUS, tests);
}

function describeOn(engines: TestEngine[], tests: () => void): void {
  describe.each(engines)('$name', ({ backend, precision }) => {
    beforeAll(() => startBackend(backend, { precision }));
    tests();
  });
}
