// The built program in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
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
