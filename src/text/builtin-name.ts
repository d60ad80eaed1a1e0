// Names of generated texts that have a size: builtin:copying-20.
import { unexpected } from '../base/errors.ts';

/** The parts of builtin:<kind>-<size>; undefined where the name is no such. */
export function builtinName(name: string): { kind: string; size: string | undefined } | undefined {
  const [, kind, size] = /^builtin:([a-z]+)(?:-(.*))?$/.exec(name) ?? [];
  return kind === undefined ? undefined : { kind, size };
}

export function wholeSize(kind: string, size: string): number {
  if (!/^[1-9]\d{0,3}$/.test(size))
    throw unexpected(`builtin:${kind}-<n>`, 'a whole number from 1 to 9999', size);
  return Number(size);
}
