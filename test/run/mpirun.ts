// The built command line in several processes, as mpirun of Open MPI starts it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { PROGRAM } from '../program.ts';

const MPIRUN = ['--allow-run-as-root', '--oversubscribe', '--bind-to', 'none'];

export function startRanks(ranks: number, words: readonly string[]) {
  const child = spawn('mpirun', [...MPIRUN, '-n', String(ranks), process.execPath, PROGRAM, ...words]);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text;
    });
  return { child, ended: once(child, 'close').then(([code]) => ({ code, ...output })) };
}

/** Kills the process of a rank as soon as mpirun has started it, or does nothing if mpirun has ended before. */
export async function killRank(mpirun: ChildProcess, rank: number): Promise<void> {
  while (mpirun.exitCode === null) {
    const found = rankOf(mpirun.pid!, rank);
    if (found !== undefined) return void process.kill(found, 'SIGKILL');
    await setTimeout(5);
  }
}

/** The process of a rank, among those that mpirun has started. */
function rankOf(mpirun: number, rank: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${mpirun}/task/${mpirun}/children`, 'utf8').trim().split(' ');
    return children
      .filter((pid) => pid !== '')
      .map(Number)
      .find((pid) =>
        readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`OMPI_COMM_WORLD_RANK=${rank}`),
      );
  } catch {
    return undefined; // one of them has just ended
  }
}
