// Finds the C++ addon, and loads it.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf } from './errors.ts';
import { PACKAGE_FOLDER } from './package-folder.ts';

export interface Missing {
  reason: string;
  hint: string;
}

const HINT =
  'build it with: npm rebuild tsgpt (in a checkout: node native/install.mjs); ' +
  'a C++ compiler (g++ or clang++), make and python3 are needed';

/** The addon, which must have functions of these names. */
export function loadBinary<Functions>(names: readonly (keyof Functions)[]): Functions | Missing {
  if (process.env.NATIVE === 'off')
    return { reason: 'turned off by NATIVE=off', hint: 'unset NATIVE to use it' };
  // Debug is the build with sanitizers.
  const build = process.env.TSGPT_NATIVE_BUILD ?? 'Release';
  const path = join(PACKAGE_FOLDER, 'native/build', build, 'native.node');
  if (!existsSync(path)) return { reason: 'the native addon is not built', hint: HINT };
  try {
    const addon: Functions = createRequire(import.meta.url)(path);
    if (names.every((name) => typeof addon[name] === 'function')) return addon;
    return { reason: 'the native addon was built from other source than this', hint: HINT };
  } catch (error) {
    const [firstLine] = messageOf(error).split('\n');
    return { reason: `the native addon does not load: ${firstLine}`, hint: HINT };
  }
}

export function isMissing(loaded: object): loaded is Missing {
  return 'reason' in loaded;
}
