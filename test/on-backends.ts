// The CPU backends that whole models and runs are tested on: plain everywhere, and native where it is built.
import { beforeAll, describe, it } from 'vitest';
import type { Precision } from '../src/backends/backend.ts';
import { bf16Of, startBackend } from '../src/backends/index.ts';
import { native } from '../src/backends/native/index.ts';

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
if (bf16Of(native).usable) ENGINES.push({ name: 'native bf16', backend: 'native', precision: 'bf16' });

/** Those whose numbers are float32's. */
const EXACT = ENGINES.filter(({ precision }) => precision === 'fp32');

/** For tests of what no backend has a hand in. */
export const FASTEST = EXACT.at(-1)!;

/** The same tests on each of them, in float32, started before they run. */
export function describeOnBackends(tests: () => void): void {
  if (missing) it.skip(missing, () => {});
  describe.each(EXACT)('$name', ({ backend, precision }) => {
    beforeAll(() => startBackend(backend, { precision }));
    tests();
  });
}
