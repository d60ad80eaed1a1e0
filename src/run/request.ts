// What is asked of a run, and what it is going to be.
import type { PartName } from '../architectures/architecture.ts';
import type { ModelConfig } from '../architectures/config.ts';
import type { Tensors } from '../checkpoint/checkpoint.ts';
import type { OpenedCheckpoint } from '../checkpoint/load.ts';
import type { Dataset } from '../data/dataset.ts';
import type { RunRecord } from './record.ts';

/**
 * What is asked of a run.
 */
export interface RunRequest {
  out: string;
  /** Prepared text; a resumed run knows its own. */
  data?: string | undefined;
  arch?: string | undefined;
  preset?: string | undefined;
  file?: unknown;
  flags?: Readonly<Record<string, unknown>>;
  /** Go on from the newest checkpoint, or from the one named. */
  resume?: boolean | string | undefined;
  /** A checkpoint or run whose model and weights to begin with. */
  init?: string | undefined;
  /** Checkpoints or runs whose weights parts of the model are to begin with. */
  parts?: Readonly<Partial<Record<PartName, string | undefined>>> | undefined;
  overfitOneBatch?: boolean | undefined;
}

export interface Plan {
  out: string;
  record: RunRecord;
  dataset: Dataset;
  model: ModelConfig;
  /** The name of the checkpoint to go on from. */
  from?: string | undefined;
  /** That checkpoint, or the one to begin with. Its parameters are read when the model is there. */
  weights?: OpenedCheckpoint | undefined;
  /** What parameters of some of its parts begin with. */
  parts?: Tensors | undefined;
  /** Settings that the user changed on resuming, in words. */
  changes: string[];
  /** What the user should know of the data. */
  note?: string | undefined;
}

/** How many processes train a run, and how many of them are on this machine. */
export interface Sharing {
  ranks: number;
  onThisHost: number;
}

/** The backend and the precision that the run is computed with, as its record holds them. */
export type Means = Pick<RunRecord, 'backend' | 'precision'>;
