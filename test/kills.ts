// Kills the program while it writes, as often as the tests whose name is killed.test.ts want: a few times on each push, a
// thousand times in `npm run test:long`, which says so in KILLS.
import { watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { start } from './program.ts';

/** On each push, and of each thousand. */
const KILLS = {
  'train gpt': [1, 240],
  'train lstm': [0, 240],
  'train gru': [0, 60],
  'train cnn': [0, 60],
  'train lora': [1, 60],
  'train plain': [0, 40],
  'train ranks': [0, 50],
  'save gpt': [1, 75],
  'save lstm': [0, 75],
  prepare: [1, 150],
  'prepare shards': [2, 200],
} as const;

export function killsOf(what: keyof typeof KILLS): number {
  const [onPush, ofThousand] = KILLS[what];
  const all = process.env.KILLS;
  return all === undefined ? onPush : Math.ceil((ofThousand * Number(all)) / 1000);
}

/** Time for so many starts of a process, on a machine on which each takes ten seconds. */
export function timeFor(kills: number): { timeout: number } {
  return { timeout: 480_000 + kills * 10_000 };
}

/**
 * When to kill: this long after the program began to write its n-th folder, or was started (n = 0).
 * Counted in folders, so that a slow machine is not killed before it has begun, nor a fast one after it is done.
 */
export interface Instant {
  folders: number;
  ms: number;
}

/**
 * Kills it while it writes folders of such names, one after the other, into `parent`; returns the names of the temporary
 * ones that it left there.
 */
export async function startAndKill(
  words: string[],
  parent: string,
  names: string,
  { folders, ms }: Instant,
): Promise<string[]> {
  const watcher = watch(parent);
  const { child, ended } = start(words);
  const temporary = new RegExp(`^\\.(${names})\\.(tmp|old)-${child.pid}-`);
  const begun = new Promise<void>((resolve) => {
    let [count, newest] = [0, ''];
    watcher.on('change', (_, name) => {
      const folder = temporary.exec(String(name))?.[1] ?? '';
      if (folder <= newest) return; // an older one, on its way out
      newest = folder;
      if (++count === folders) resolve();
    });
  });
  if (folders > 0) await Promise.race([begun, ended]);
  await setTimeout(ms);
  child.kill('SIGKILL');
  watcher.close();
  expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL' });
  return (await readdir(parent)).filter((name) => temporary.test(name));
}
