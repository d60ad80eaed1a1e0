// What all trials of a comparison share.
import type { TextDataset } from '../data/dataset.ts';
import type { Engine } from '../run/start.ts';
import type { Board } from './board.ts';

export interface Lab {
  /** Where the runs go. */
  readonly out: string;
  readonly dataset: TextDataset;
  readonly engine: Engine;
  readonly seeds: number;
  /** Whether learning rates are found first. */
  readonly sweep: boolean;
  /** What every sample begins with. */
  readonly prompt: string;
  readonly board: Board;
  /** When it is aborted, the run is saved, then the signal's reason is thrown. */
  readonly signal: AbortSignal | undefined;
}
