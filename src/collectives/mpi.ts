// The ranks that mpirun, srun or Kubernetes started, by MPI.
import { TsgptError, UsageError } from '../base/errors.ts';
import { type MpiAddon, probeMpi } from './addon.ts';
import type { Addition, Collective, Gathering } from './collective.ts';
import { launchOf } from './launch.ts';

const AGAIN = '  → the last checkpoint is whole: start the same command again, with --resume\n';

let joined: MpiRanks | undefined;

/** The ranks that this process is one of; undefined where it was started alone. MPI is started by the first call. */
export function joinRanks(): MpiRanks | undefined {
  joined ??= join();
  return joined;
}

function join(): MpiRanks | undefined {
  const launch = launchOf();
  if (launch === undefined) return undefined;
  const { by, size } = launch;
  const mpi = probeMpi();
  if (!mpi.usable)
    throw new TsgptError(
      `${by} started ${size} processes, but there is no MPI here: ${mpi.reason}`,
      mpi.hint,
    );
  const found = mpi.addon.join();
  if (found.size !== size) {
    mpi.addon.leave();
    throw new UsageError(
      `${by} started ${size} processes, but in ${mpi.detail}, with which this was built, there are ${found.size}`,
      `start it with that MPI’s own mpirun, or build it with this one’s mpicc: MPICC=<path> npm rebuild tsgpt`,
    );
  }
  return new MpiRanks(mpi.addon, found);
}

export class MpiRanks implements Collective {
  readonly rank: number;
  readonly size: number;
  readonly #addon: MpiAddon;
  #isBusy = true;

  constructor(addon: MpiAddon, { rank, size }: { rank: number; size: number }) {
    this.rank = rank;
    this.size = size;
    this.#addon = addon;
    // A process that ends amid common work takes the others with it, which would wait for it.
    process.on('exit', (code) => {
      if (this.#isBusy) addon.abort(code || 1);
      addon.leave();
    });
  }

  /** So a rank that is missed is named. */
  name(hosts: readonly string[]): void {
    this.#addon.name(hosts, AGAIN);
  }

  /** Whether others wait for this rank: then, if its process ends, the whole job does. */
  set isBusy(isBusy: boolean) {
    this.#isBusy = isBusy;
  }

  addUp({ own, sum, bounds, contributors, replaces, asBf16 }: Addition): Promise<void> {
    return this.#addon.add(own ?? null, sum, bounds, contributors, replaces, asBf16);
  }

  gather({ part, whole, bounds, root = -1 }: Gathering): Promise<void> {
    return this.#addon.gather(part, whole ?? null, bounds, root);
  }
}
