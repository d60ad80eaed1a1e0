// native: our own kernels in C++, on the CPU.
import * as tf from '#tfjs';
import type { Backend } from '../backend.ts';
import { loadAddon, native as loaded } from './addon.ts';
import { NativeBackend } from './backend.ts';
import { holdAsBf16 } from './memory.ts';
import { registerKernels } from './register.ts';

const NAME = 'native';

export const native: Backend = {
  name: NAME,
  tfjsName: NAME,
  probe: async () => {
    const result = loadAddon();
    if ('reason' in result) return { usable: false, ...result };
    const threads = tf.findBackendFactory(NAME) ? result.addon.threads() : result.addon.cores();
    return { usable: true, detail: `C++, ${result.target}, ${threads} thread${threads === 1 ? '' : 's'}` };
  },
  half: () => {
    const precision = 'bf16';
    const result = loadAddon();
    if ('reason' in result) return { precision, usable: false, reason: result.reason };
    if (result.target === 'avx512bf16') return { precision, usable: true };
    return { precision, usable: false, reason: `${result.target} has no products of bfloat16 numbers` };
  },
  start: ({ precision, threads }) => {
    const { addon } = loaded();
    addon.setBf16(precision === 'bf16');
    addon.setThreads(threads ?? addon.cores());
    if (tf.findBackendFactory(NAME)) return;
    tf.registerBackend(NAME, () => new NativeBackend(addon));
    registerKernels(NAME);
  },
  /** The matrices: the rest is small, and no product's operand. */
  holdWeightsAsBf16: (parameters) => {
    for (const parameter of parameters) if (parameter.rank === 2) holdAsBf16(parameter);
  },
};
