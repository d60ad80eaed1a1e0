// What the dropout op was asked to do in a test: on the composed backend, by a kernel that writes it down and drops nothing.
import { afterEach, beforeAll, beforeEach } from 'vitest';
import * as tf from '#tfjs';
import { composed } from '../ops/backends.ts';

export interface DropoutCall {
  shape: number[];
  rate: unknown;
  key: string;
}

/** The calls of the test that runs, in order. */
export function dropoutCalls(): DropoutCall[] {
  const calls: DropoutCall[] = [];

  beforeAll(() => composed.start());
  beforeEach(() => {
    calls.length = 0;
    tf.registerKernel({
      kernelName: 'Dropout',
      backendName: composed.name,
      kernelFunc: ({ inputs, attrs }) => {
        const x = inputs.x!;
        calls.push({ shape: x.shape, rate: attrs?.rate, key: String(attrs?.key) });
        const values = tf.backend().readSync(x.dataId).slice();
        return [{ dataId: tf.backend().write(values, x.shape, x.dtype), shape: x.shape, dtype: x.dtype }];
      },
    });
  });
  afterEach(() => tf.unregisterKernel('Dropout', composed.name));
  return calls;
}
