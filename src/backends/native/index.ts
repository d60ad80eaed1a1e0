// native: our own kernels in C++, on the CPU.
import type { Backend } from '../backend.ts';
import { CpuEngine } from '../cpu/engine.ts';
import { registerEngine } from '../cpu/register.ts';
import { loadAddon, loadedAddon } from './addon.ts';

const NAME = 'native';

let engine: CpuEngine | undefined;

export const native: Backend = {
  name: NAME,
  tfjsName: NAME,
  probe: async () => {
    const result = loadAddon();
    if ('reason' in result) return { usable: false, ...result };
    const threads = engine ? result.addon.threads() : result.addon.cores();
    return { usable: true, detail: `C++, ${result.target}, ${threads} thread${threads === 1 ? '' : 's'}` };
  },
  half: () => {
    const precision = 'bf16';
    const result = loadAddon();
    if ('reason' in result) return { precision, usable: false, reason: result.reason };
    if (result.target === 'avx512bf16') return { precision, usable: true };
    return { precision, usable: false, reason: `${result.target} has no products of bfloat16 numbers` };
  },
  start: (options) => {
    engine ??= startEngine();
    engine.configure(options);
  },
  memoryOf: (tensor) => nativeEngine().floatsInPlace(tensor),
  /** Only matrices: other weights are small, and no operands of products. */
  holdWeightsAsBf16: (parameters) => {
    for (const parameter of parameters) if (parameter.rank === 2) nativeEngine().holdAsBf16(parameter);
  },
};

/** The engine, once the backend was started. */
export function nativeEngine(): CpuEngine {
  if (engine) return engine;
  throw new Error(`internal: the backend ${NAME} was not started`);
}

function startEngine(): CpuEngine {
  const started = new CpuEngine(loadedAddon().code);
  registerEngine(started, NAME);
  return started;
}
