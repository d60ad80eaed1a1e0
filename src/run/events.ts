// What a run tells those who watch it, and how it ended.

import type { Model } from '../architectures/language-model.ts';
import type { TrainingConfig } from '../settings/training.ts';
import type { Figure } from '../tasks/task.ts';
import type { MicroProgress, StepReport } from '../training/loop.ts';
import type { EvaluationEntry } from './log.ts';
import type { MemoryForecast } from './memory-check.ts';

/**
 * What a run tells of as it goes.
 */
export type RunEvent =
  | {
      type: 'start';
      model: Model;
      trained: number;
      training: TrainingConfig;
      totalSteps: number;
      step: number;
      /** What it will hold in memory. */
      memory: MemoryForecast | undefined;
    }
  /** Between a step's micro-batches. */
  | { type: 'micro-batch'; progress: MicroProgress }
  | { type: 'step'; report: StepReport; tokensPerSecond: number; totalSteps: number }
  | { type: 'evaluation'; entry: EvaluationEntry; figures: readonly Figure[]; isBest: boolean }
  | { type: 'checkpoint'; name: string; isBest: boolean };

/**
 * How a run is watched, and stopped.
 */
export interface RunHooks {
  onEvent?: (event: RunEvent) => void;
  /** When aborted: save what is whole and stop; a step with micro-batches that are not begun is dropped. */
  signal?: AbortSignal | undefined;
}

/**
 * How a run ended.
 */
export interface RunResult {
  ended: 'budget' | 'early stop' | 'interrupted';
  step: number;
  tokens: number;
  seconds: number;
  /** The last evaluation's and the best one's loss. */
  valLoss: number | undefined;
  bestValLoss: number | undefined;
  best: string | undefined;
  last: string | undefined;
  /** The share of the steps' time in which they waited for data; null where there was no step. */
  dataWait: number | null;
  /** The share of the steps' time in which the GPU had nothing to do; null where that cannot be told. */
  gpuIdle: number | null;
}
