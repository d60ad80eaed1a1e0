// How this process was started: alone, or as one of several ranks, by the variables that launchers set. It is known before MPI is.
import { hostname } from 'node:os';
import { UsageError } from '../base/errors.ts';

export interface Launch {
  rank: number;
  size: number;
  /** The launcher, for people. */
  by: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** mpirun's of Open MPI; of MPICH, and srun --mpi=pmi2; srun --mpi=pmix, which names no size itself. */
const LAUNCHERS = [
  { by: 'mpirun', rank: 'OMPI_COMM_WORLD_RANK', size: 'OMPI_COMM_WORLD_SIZE' },
  { by: 'mpiexec', rank: 'PMI_RANK', size: 'PMI_SIZE' },
  { by: 'srun', rank: 'PMIX_RANK', size: 'SLURM_STEP_NUM_TASKS' },
] as const;

let isAlone = false;

/** From now on this process is by itself, whatever started it. */
export function workAlone(): void {
  isAlone = true;
}

/** Undefined where this process was started alone. */
export function launchOf(env: Environment = process.env): Launch | undefined {
  if (isAlone) return undefined;
  for (const { by, rank, size } of LAUNCHERS) {
    const launch = { rank: Number(env[rank]), size: Number(env[size]), by };
    if (Number.isInteger(launch.rank) && launch.size >= 1) return launch;
  }
  // A batch script itself is a step too, of one task.
  if (Number(env.SLURM_STEP_NUM_TASKS) > 1)
    throw new UsageError(
      `srun started ${env.SLURM_STEP_NUM_TASKS} processes that do not know of one another`,
      'start them with MPI: srun --mpi=pmix …',
    );
  return undefined;
}

/** Whether this is a rank that leaves talking, and work that is not shared, to rank 0. */
export function isSilent(launch = launchOf()): boolean {
  return launch !== undefined && launch.rank > 0;
}

/** "rank 2 on node-b" */
export function nameOfRank(rank: number, host = hostname()): string {
  return `rank ${rank} on ${host}`;
}
