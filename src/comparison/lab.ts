// What all trials of a comparison share.
import type { Dataset } from '../data/dataset.ts';
import type { Engine } from '../run/start.ts';
import type { Board } from './board.ts';

export interface Lab {
  /** Where the runs go. */
  readonly out: string;
  readonly dataset: Dataset;
  readonly engine: Engine;
  readonly seeds: number;
  /** Whether learning rates are found first. */
  readonly sweep: boolean;
  /** What every sample begins with, or is made from. */
  readonly prompt: string;
  readonly board: Board;
  /** When it is aborted, the run is saved, then the signal's reason is thrown. */
  readonly signal: AbortSignal | undefined;
}
