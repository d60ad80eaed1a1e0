// How a process was started, from what launchers say.
import { expect, it } from 'vitest';
import { launchOf } from '../../src/collectives/launch.ts';

it.each([
  ['Open MPI’s mpirun', { OMPI_COMM_WORLD_RANK: '2', OMPI_COMM_WORLD_SIZE: '4', PMIX_RANK: '2' }, 'mpirun'],
  ['MPICH’s mpiexec', { PMI_RANK: '2', PMI_SIZE: '4' }, 'mpiexec'],
  ['srun --mpi=pmix', { PMIX_RANK: '2', SLURM_STEP_NUM_TASKS: '4', SLURM_PROCID: '2' }, 'srun'],
])('by %s', (_, env, by) => {
  expect(launchOf(env)).toEqual({ rank: 2, size: 4, by });
});

it('alone, and in the script of a batch job', () => {
  expect(launchOf({})).toBeUndefined();
  expect(launchOf({ SLURM_PROCID: '0', SLURM_NTASKS: '4', SLURM_STEP_NUM_TASKS: '1' })).toBeUndefined();
});

it('srun without MPI is refused, since each process would train the whole', () => {
  expect(() => launchOf({ SLURM_PROCID: '2', SLURM_STEP_NUM_TASKS: '4' })).toThrow(
    'srun started 4 processes',
  );
});
