// Runs the built command line in child processes, as a user's shell does; two at a time.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const AT_ONCE = 2;

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Options {
  cwd: string;
  /** What it finds on standard input. */
  input?: string | Uint8Array;
  /** Source of a module that node loads first. */
  preload?: string | undefined;
  env?: Record<string, string>;
  /** Called when it has started, with the child. */
  meanwhile?: (child: ChildProcess) => Promise<void>;
}

let running = 0;
const waiting: (() => void)[] = [];

export async function tsgpt(words: readonly string[], options: Options): Promise<Ended> {
  if (running === AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await start(words, options);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

async function start(words: readonly string[], options: Options): Promise<Ended> {
  const { cwd, input = '', preload, env, meanwhile } = options;
  const nodeFlags =
    preload === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
  const child = spawn(process.execPath, [...nodeFlags, CLI, ...words], {
    cwd,
    env: { ...process.env, ...env },
  });
  child.stdin.on('error', () => {}); // it may not want the input
  child.stdin.end(input);
  const ended = once(child, 'close');
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  await meanwhile?.(child);
  const [code] = await ended;
  return { code, stdout, stderr };
}

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'tsgpt-cli-'));
}

export function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
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

/** A run as small as can be; `more` are further words of `train`. */
export async function trainTiny(cwd: string, out: string, ...more: string[]): Promise<Ended> {
  const heads = more.includes('lstm') ? '' : '--heads 2 '; // which an LSTM has not
  const tiny = `--layers 1 ${heads}--width 16 --context 16 --batch-size 4 --max-steps 6 --eval-interval 3`;
  const words = ['train', '--data', 'data/stories', '--out', out, ...tiny.split(' '), '--eval-tokens', '400'];
  return tsgpt([...words, '--checkpoint-interval', '3', ...more], { cwd });
}

export async function prepareStories(cwd: string): Promise<Ended> {
  const words =
    'prepare builtin:stories --stories 120 --tokenizer bpe --vocab-size 300 --out data/stories --json';
  return tsgpt(words.split(' '), { cwd });
}
