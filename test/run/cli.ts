// The built program in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { FASTEST } from '../on-backends.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves once stderr holds the text, or the process has ended. */
  said(text: string): Promise<void>;
}

export function start(words: string[]): Started {
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output.stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, ...output }));
  return {
    child,
    ended,
    async said(text) {
      while (!output.stderr.includes(text)) {
        const over = await Promise.race([
          once(child.stderr, 'data').then(() => false),
          ended.then(() => true),
        ]);
        if (over) return;
      }
    },
  };
}

export function tsgpt(...words: string[]): Promise<Ended> {
  return start(words).ended;
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

/** `tsgpt train`, with settings as --set pairs. */
export function trainWords(out: string, settings: object = {}, ...more: string[]): string[] {
  return trainWordsOn(FASTEST, out, settings, ...more);
}

export function trainWordsOn(
  { backend, precision }: { backend: string; precision: string },
  out: string,
  settings: object,
  ...more: string[]
): string[] {
  const pairs = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const set = pairs.length === 0 ? [] : ['--set', ...pairs];
  const engine = ['--backend', backend, '--precision', precision];
  return ['train', '--out', out, ...engine, '--json', ...more, ...set];
}
