// The C++ addon: found, loaded once, and its CPU target chosen.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf, UsageError } from '../../base/errors.ts';
import { PACKAGE_FOLDER } from '../../base/package-folder.ts';

type Argument =
  | Float32Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Float32Array[]
  | number
  | boolean
  | null;

/** A function in C++. It checks its arguments, and throws an Error that starts with its name. */
export type NativeOp = (...values: Argument[]) => number | undefined;

/** Those compiled for one CPU target, by name. */
export type NativeOps = Readonly<Record<string, NativeOp>>;

export interface Addon {
  /** What this CPU can run, best first: of avx512bf16, avx512, avx2, baseline. */
  targets(): string[];
  ops(target: string): NativeOps;
  setThreads(count: number): void;
  threads(): number;
  /** Physical cores that this process may use. */
  cores(): number;
  /** From now on matrix products round their operands to bfloat16, or no longer do. */
  setBf16(on: boolean): void;
  /** Uninitialised, at a multiple of 64 bytes, in huge pages where the system has them. */
  allocate(bytes: number): ArrayBuffer;
  /** Frees what `allocate` gave at once: whoever holds the buffer finds it empty. */
  release(buffer: ArrayBuffer): void;
}

export interface Loaded {
  addon: Addon;
  target: string;
  ops: NativeOps;
}

export interface Missing {
  reason: string;
  hint: string;
}

const HINT =
  'build it with: npm rebuild tsgpt (in a checkout: node native/install.mjs); ' +
  'a C++ compiler (g++ or clang++), make and python3 are needed';

let loaded: Loaded | Missing | undefined;

/** Loads it on the first call. */
export function loadAddon(): Loaded | Missing {
  loaded ??= load();
  return loaded;
}

/** For kernels, which run only where it was loaded. */
export function native(): Loaded {
  const result = loadAddon();
  if ('reason' in result) throw new Error(`internal: ${result.reason}`);
  return result;
}

/** The functions in C++. */
export function addon(): NativeOps {
  return native().ops;
}

function load(): Loaded | Missing {
  if (process.env.NATIVE === 'off')
    return { reason: 'turned off by NATIVE=off', hint: 'unset NATIVE to use it' };
  // Debug is the build with sanitizers.
  const build = process.env.TSGPT_NATIVE_BUILD ?? 'Release';
  const path = join(PACKAGE_FOLDER, 'native/build', build, 'native.node');
  if (!existsSync(path)) return { reason: 'the native addon is not built', hint: HINT };
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)(path);
  } catch (error) {
    const [firstLine] = messageOf(error).split('\n');
    return { reason: `the native addon does not load: ${firstLine}`, hint: HINT };
  }
  const target = chooseTarget(addon.targets(), process.env.TSGPT_TARGET);
  return { addon, target, ops: addon.ops(target) };
}

/** The best that this CPU can run, or the one asked for. */
export function chooseTarget(targets: string[], wanted: string | undefined): string {
  const target = wanted ? targets.find((name) => name === wanted) : targets[0];
  if (target) return target;
  throw new UsageError(
    `this CPU cannot run TSGPT_TARGET=${wanted}`,
    `it can run: ${targets.join(', ')}; unset TSGPT_TARGET to use the first`,
  );
}
