// Finds the C++ addon, loads it once, and chooses its CPU target.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf, UsageError } from '../../base/errors.ts';
import { PACKAGE_FOLDER } from '../../base/package-folder.ts';
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

export interface Missing {
  reason: string;
  hint: string;
}

const HINT =
  'build it with: npm rebuild tsgpt (in a checkout: node native/install.mjs); ' +
  'a C++ compiler (g++ or clang++), make and python3 are needed';

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
  if (process.env.NATIVE === 'off')
    return { reason: 'turned off by NATIVE=off', hint: 'unset NATIVE to use it' };
  // Debug is the build with sanitizers.
  const build = process.env.TSGPT_NATIVE_BUILD ?? 'Release';
  const path = join(PACKAGE_FOLDER, 'native/build', build, 'native.node');
  if (!existsSync(path)) return { reason: 'the native addon is not built', hint: HINT };
  try {
    const addon: Addon = createRequire(import.meta.url)(path);
    if (FUNCTIONS.every((name) => typeof addon[name] === 'function')) return addon;
    return { reason: 'the native addon was built from other source than this', hint: HINT };
  } catch (error) {
    const [firstLine] = messageOf(error).split('\n');
    return { reason: `the native addon does not load: ${firstLine}`, hint: HINT };
  }
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
