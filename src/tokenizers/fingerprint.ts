// SHA-256 of a JSON value written canonically (keys in order): equal for equal tokenizers.
import { sha256 } from '../base/sha256.ts';

export function fingerprintOf(json: unknown): string {
  return sha256(JSON.stringify(json, keysInOrder));
}

function keysInOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
