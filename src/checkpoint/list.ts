// A run's checkpoints: how their folders are called, and which there are.
import { readdir } from 'node:fs/promises';
import { systemCode } from '../base/errors.ts';
import { readable } from '../base/system-error.ts';

const NAME = /^step-(\d{6,})$/;

export function checkpointName(step: number): string {
  return `step-${String(step).padStart(6, '0')}`;
}

/** The names of a run's checkpoints, by step; none where the run has no folder yet. */
export async function listCheckpoints(runFolder: string): Promise<string[]> {
  const entries = await readdir(runFolder, { withFileTypes: true }).catch((error) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw readable(error, `reading ${runFolder}`);
  });
  const names = entries
    .filter((entry) => entry.isDirectory() && NAME.test(entry.name))
    .map(({ name }) => name);
  return names.sort((a, b) => stepOf(a) - stepOf(b));
}

function stepOf(name: string): number {
  return Number(NAME.exec(name)![1]);
}
