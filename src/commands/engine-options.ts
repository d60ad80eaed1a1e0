// The options that say what computes: --backend, --precision, --threads.
import type { Command } from 'commander';
import { BACKEND_NAMES, PRECISIONS } from '../backends/backend.ts';
import type { Engine } from '../run/start.ts';
import { wholeFlag } from './flags.ts';

export interface EngineFlags {
  backend: string;
  precision?: string;
  threads?: string;
}

export const BACKEND_OPTION = ['--backend <name>', listed(BACKEND_NAMES), 'auto'] as const;
export const THREADS_OPTION = [
  '--threads <n>',
  'threads to compute on (default: one for each core)',
] as const;

export function addEngineOptions(command: Command): Command {
  return command
    .option(...BACKEND_OPTION)
    .option('--precision <name>', `of matrix products: ${listed(PRECISIONS)}`, 'auto')
    .option(...THREADS_OPTION);
}

export function engineOf({ backend, precision, threads }: EngineFlags): Engine {
  return {
    backend,
    precision,
    threads: threads === undefined ? undefined : wholeFlag('threads', threads, 1),
  };
}

function listed(names: readonly string[]): string {
  return `${['auto', ...names.slice(0, -1)].join(', ')} or ${names.at(-1)}`;
}
