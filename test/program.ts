// The built command line in processes of its own, as a user's shell starts it.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const PROGRAM = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const AT_ONCE = 2;

export interface Options {
  cwd?: string;
  /** What it finds on standard input. */
  input?: string | Uint8Array;
  /** Source of a module that node loads first. */
  preload?: string | undefined;
  env?: Record<string, string>;
  /** Called when it has started. */
  meanwhile?: (started: Started) => Promise<void>;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  child: ChildProcessWithoutNullStreams;
  ended: Promise<Ended>;
  /** Resolves once stderr holds the text, or the process has ended. */
  said(text: string): Promise<void>;
}

export function start(words: readonly string[], options: Omit<Options, 'meanwhile'> = {}): Started {
  const { cwd, input = '', preload, env } = options;
  const nodeFlags =
    preload === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
  const child = spawn(process.execPath, [...nodeFlags, PROGRAM, ...words], {
    cwd,
    env: { ...process.env, ...env },
  });
  child.stdin.on('error', () => {}); // it may not want the input
  child.stdin.end(input);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text;
    });
  }
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

let running = 0;
const waiting: (() => void)[] = [];

/** Until it has ended; two at a time. */
export async function tsgpt(words: readonly string[], options: Options = {}): Promise<Ended> {
  if (running === AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    const started = start(words, options);
    await options.meanwhile?.(started);
    return await started.ended;
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

/** To preload: packages whose names begin so seem not to be installed. */
export function notInstalled(prefix: string): string {
  const hook = `export async function resolve(name, context, next) {
    if (!name.startsWith(${JSON.stringify(prefix)})) return next(name, context);
    throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: 'ERR_MODULE_NOT_FOUND' });
  }`;
  const url = `data:text/javascript,${encodeURIComponent(hook)}`;
  return `import { register } from 'node:module'; register(${JSON.stringify(url)});`;
}
