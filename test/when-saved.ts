// For servers that break off: waits until so much of a download stands on disk. What fetch has received but not yet
// handed on is lost when the connection breaks, so that a test that counts bytes must not break it before.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export async function whenSaved(folder: string, bytes: number): Promise<void> {
  for (let tries = 0; tries < 10_000 && !isSaved(folder, bytes); tries++) await pause(5);
}

function isSaved(folder: string, bytes: number): boolean {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.incomplete'))
    .some((name) => (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0) >= bytes);
}
