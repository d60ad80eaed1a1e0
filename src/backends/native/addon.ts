// The C++ addon as a backend needs it: loaded once, with its CPU target.
import { UsageError } from '../../base/errors.ts';
import { loadBinary as loadFunctions, type Missing } from '../../base/native-binary.ts';
import type { CpuCode } from '../cpu/engine.ts';
import type { CpuOps } from '../cpu/ops.ts';
import type { MemorySource } from '../cpu/pool.ts';

/** A JavaScript engine allocates tensors smaller than this as quickly itself. */
const LEAST_BYTES = 512;

export interface Addon {
  /** The targets that this CPU can run, best first, of: avx512bf16, avx512, avx2, baseline. */
  targets(): string[];
  ops(target: string): CpuOps;
  setThreads(count: number): void;
  threads(): number;
  /** The physical cores that this process may use. */
  cores(): number;
  /** Whether matrix products round their operands to bfloat16 from now on. */
  setBf16(on: boolean): void;
  /** Uninitialized memory, aligned to 64 bytes; large buffers are in huge pages where the system has them. */
  allocate(bytes: number): ArrayBuffer;
  /** Frees a buffer of `allocate` at once, and detaches it. */
  release(buffer: ArrayBuffer): void;
  /** Calls the function, and returns what was written to standard error, from C++ too, until it returned. */
  capturingStderr(call: () => void): string;
}

const FUNCTIONS: readonly (keyof Addon)[] = [
  'targets',
  'ops',
  'setThreads',
  'threads',
  'cores',
  'setBf16',
  'allocate',
  'release',
  'capturingStderr',
];

export interface Loaded {
  addon: Addon;
  target: string;
  code: CpuCode;
}

let loaded: Loaded | Missing | undefined;

/** Loads the addon on the first call. */
export function loadAddon(): Loaded | Missing {
  loaded ??= load();
  return loaded;
}

/** The addon, where it is known to be there. */
export function loadedAddon(): Loaded {
  const result = loadAddon();
  if ('reason' in result) throw new Error(`internal: ${result.reason}`);
  return result;
}

function load(): Loaded | Missing {
  const addon = loadBinary();
  if ('reason' in addon) return addon;
  const target = chooseTarget(addon.targets(), process.env.TSGPT_TARGET);
  return { addon, target, code: { ...addon, ops: addon.ops(target), memory: memoryOf(addon) } };
}

/** The addon without a CPU target. */
export function loadBinary(): Addon | Missing {
  return loadFunctions<Addon>(FUNCTIONS);
}

/** Each region is a buffer of its own. */
function memoryOf({ allocate, release }: Addon): MemorySource {
  return {
    least: LEAST_BYTES,
    allocate: (bytes) => ({ buffer: allocate(bytes), offset: 0, bytes }),
    release: ({ buffer }) => release(buffer as ArrayBuffer),
  };
}

/** The best target that this CPU can run, or the one asked for. */
export function chooseTarget(targets: string[], wanted: string | undefined): string {
  const target = wanted ? targets.find((name) => name === wanted) : targets[0];
  if (target) return target;
  throw new UsageError(
    `this CPU cannot run TSGPT_TARGET=${wanted}`,
    `it can run: ${targets.join(', ')}; unset TSGPT_TARGET to use the first`,
  );
}
