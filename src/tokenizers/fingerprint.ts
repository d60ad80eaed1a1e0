// SHA-256 of a JSON value written canonically (keys in order): equal for equal tokenizers.
import { createHash } from 'node:crypto';

export function fingerprintOf(json: unknown): string {
  return createHash('sha256').update(JSON.stringify(json, keysInOrder)).digest('hex');
}

function keysInOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
