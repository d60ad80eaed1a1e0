// The SHA-256 of a JSON value that is written canonically, with its keys in order: equal tokenizers have equal ones.
import { sha256 } from '../base/sha256.ts';

export function fingerprintOf(json: unknown): string {
  return sha256(JSON.stringify(json, keysInOrder));
}

function keysInOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
