// Flags arrive as text: checked and converted here.
import { UsageError, unexpected } from '../base/errors.ts';

/** Refuses a verb without a flag that it needs. commander would complain of that before it complains of a misspelt `--ou`. */
export function required(flag: string, value: string | undefined, example: string): string {
  if (value === undefined) throw new UsageError(`expected ${flag}, but it was not given`, `as in ${example}`);
  return value;
}

export function numberFlag(name: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw unexpected(`--${name}`, Number.isNaN(value) ? 'a number' : 'a finite number', text);
}

export function wholeFlag(name: string, text: string, least: number): number {
  const value = numberFlag(name, text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw unexpected(`--${name}`, `a whole number of ${least} or more`, text);
}

const SIZES: Readonly<Record<string, number>> = {
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/** A number of bytes, as in 512MB. */
export function sizeFlag(name: string, text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?) ?([KMG]i?B)$/i.exec(text.trim()) ?? [];
  if (count !== undefined) return Math.floor(Number(count) * SIZES[unit!.toUpperCase()]!);
  throw unexpected(`--${name}`, 'a size such as 512MB or 2GB', text);
}

export function oneOf<const T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((value) => value === text);
  if (found === undefined) throw unexpected(`--${name}`, known.join(' or '), text);
  return found;
}
