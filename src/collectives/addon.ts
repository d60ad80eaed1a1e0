// Finds the addon that speaks MPI, and loads it once.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf } from '../base/errors.ts';
import { PACKAGE_FOLDER } from '../base/package-folder.ts';
import type { Bounds } from './collective.ts';

export interface MpiAddon {
  /** Which MPI it was built with. */
  library(): string;
  join(): { rank: number; size: number; library: string };
  /** What is said of a rank that is missed: its host, and a line that follows. */
  name(hosts: readonly string[], hint: string): void;
  add(
    own: Float32Array | null,
    sum: Float32Array,
    bounds: Bounds,
    contributors: number,
    replaces: boolean,
    asBf16: boolean,
  ): Promise<void>;
  gather(part: Uint8Array, whole: Uint8Array | null, bounds: Bounds, root: number): Promise<void>;
  /** Waits for all ranks to leave. */
  leave(): void;
  /** Ends the processes of all ranks, and does not return. */
  abort(code: number): never;
}

const FUNCTIONS: readonly (keyof MpiAddon)[] = ['library', 'join', 'name', 'add', 'gather', 'leave', 'abort'];

const HINT =
  'install an MPI (Debian: apt-get install libopenmpi-dev openmpi-bin), then build with it: npm rebuild tsgpt ' +
  '(in a checkout: node native/install.mjs)';

export type MpiProbe =
  | { usable: true; detail: string; addon: MpiAddon }
  | { usable: false; reason: string; hint: string };

let probed: MpiProbe | undefined;

/** MPI itself is not started by it. */
export function probeMpi(): MpiProbe {
  probed ??= probe();
  return probed;
}

function probe(): MpiProbe {
  const cannot = (reason: string): MpiProbe => ({ usable: false, reason, hint: HINT });
  if (process.env.NATIVE === 'off') return cannot('turned off by NATIVE=off');
  const path = join(PACKAGE_FOLDER, 'native/build/Release/mpi.node');
  if (!existsSync(path)) return cannot('the addon for it is not built');
  try {
    const addon: MpiAddon = createRequire(import.meta.url)(path);
    if (!FUNCTIONS.every((name) => typeof addon[name] === 'function'))
      return cannot('the addon was built from other source than this');
    return {
      usable: true,
      detail: addon
        .library()
        .split(/[,\n\0]/)[0]!
        .trim(),
      addon,
    };
  } catch (error) {
    return cannot(`the addon for it does not load: ${messageOf(error).split('\n')[0]}`);
  }
}
