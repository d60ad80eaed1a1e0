// Flags arrive as text: checked and converted here.
import { unexpected } from '../base/errors.ts';

export function numberFlag(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw unexpected(`--${name}`, 'a number', text);
  return value;
}

export function oneOf<const T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((value) => value === text);
  if (found === undefined) throw unexpected(`--${name}`, known.join(' or '), text);
  return found;
}
