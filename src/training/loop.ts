// The training loop: steps until the budget is spent. Knows nothing of disk, evaluation or sampling: those who
// iterate over it act between steps, and end it by leaving the iteration.
import { TsgptError } from '../base/errors.ts';
import { type Key, keyFor } from '../base/random.ts';
import {
  accumulationOf,
  plannedSteps,
  type TrainingConfig,
  tokensPerStep,
  windowOf,
} from '../config/training.ts';
import { type Batch, batchAt } from '../data/batches.ts';
import type { Tokens } from '../data/tokens.ts';
import type { LanguageModel } from '../models/index.ts';
import type { Optimizer } from './optimizer.ts';
import { learningRateAt } from './schedule.ts';
import { trainStep } from './step.ts';

/** Where a run stands; with the weights, the optimizer and the settings this is all there is to know of it. */
export interface Progress {
  /** Steps done, skipped ones included. */
  step: number;
  /** Seconds spent in steps. */
  seconds: number;
  /** Steps in a row, up to now, that were skipped because the loss was not finite. */
  badSteps: number;
}

export interface StepReport {
  step: number;
  tokens: number;
  loss: number;
  lr: number;
  gradNorm: number;
  ms: number;
  /** The loss or the gradient was not finite: the weights were left as they were. */
  skipped: boolean;
}

export interface LoopOptions {
  model: LanguageModel;
  optimizer: Optimizer;
  text: Tokens;
  training: TrainingConfig;
  /** Updated as the loop goes. */
  progress: Progress;
  /** Train on the first batch again and again. */
  overfitOneBatch?: boolean;
}

export class Diverged extends TsgptError {}

const MOST_BAD_STEPS = 3;

export async function* trainingLoop(options: LoopOptions): AsyncGenerator<StepReport> {
  const { model, optimizer, training, progress } = options;
  const { context, dropout } = model.config;
  const accumulation = accumulationOf(training, context);
  const total = plannedSteps(training, context);
  while (progress.step < total && progress.seconds < (training.maxSeconds ?? Infinity)) {
    const start = performance.now();
    const index = progress.step;
    const lr = learningRateAt(index, total, training);
    const result = await trainStep(model, optimizer, {
      batches: batchesOf(options, index, accumulation),
      accumulation,
      learningRate: lr,
      clip: training.clip,
      dropoutKey: dropout > 0 ? dropoutKeyAt(training.seed, index) : undefined,
    });
    const ms = performance.now() - start;
    progress.step++;
    progress.seconds += ms / 1000;
    progress.badSteps = result.applied ? 0 : progress.badSteps + 1;
    const { loss, gradNorm } = result;
    yield {
      step: progress.step,
      tokens: progress.step * tokensPerStep(training, context),
      loss,
      lr,
      gradNorm,
      ms,
      skipped: !result.applied,
    };
    if (progress.badSteps >= MOST_BAD_STEPS) throw diverged(progress.step);
  }
}

function* batchesOf(
  { model, text, training, overfitOneBatch }: LoopOptions,
  index: number,
  count: number,
): Generator<Batch> {
  const { batchSize, seed } = training;
  const step = overfitOneBatch ? 0 : index;
  const context = windowOf(training, model.config.context);
  for (let micro = 0; micro < count; micro++) yield batchAt(text, { batchSize, context, seed, step, micro });
}

function dropoutKeyAt(seed: number, index: number): Key {
  return keyFor(seed, 'dropout', index);
}

function diverged(step: number): Diverged {
  return new Diverged(
    `the loss was not finite in ${MOST_BAD_STEPS} steps in a row, the last of them step ${step}`,
    'lower the learning rate or clip more tightly (--learning-rate, --clip), and start again',
  );
}
