// The training loop: steps until the budget is spent. Knows nothing of disk, evaluation or sampling: those who
// iterate over it act between steps. A GPU may be a few steps ahead of the reports, except where the weights are looked at.

import type { LanguageModel } from '../architectures/language-model.ts';
import { TsgptError } from '../base/errors.ts';
import { type Key, keyFor } from '../base/random.ts';
import { type Batch, batchAt } from '../data/batches.ts';
import type { Tokens } from '../data/tokens.ts';
import {
  accumulationOf,
  plannedSteps,
  type TrainingConfig,
  tokensPerStep,
  windowOf,
} from '../settings/training.ts';
import type { Optimizer } from './optimizer.ts';
import { learningRateAt } from './schedule.ts';
import { beginStep, type StepResult } from './step.ts';

/** Where a run stands; with the weights, the optimizer and the settings this is all there is to know of it. */
export interface Progress {
  /** Steps reported, skipped ones included. */
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
  /** In the loop since the report before: all of them together are the loop's whole time. */
  ms: number;
  /** The loss or the gradient was not finite: the weights were left as they were. */
  skipped: boolean;
  /** No later step has begun: the weights are this step's. */
  settled: boolean;
}

export interface LoopOptions {
  model: LanguageModel;
  optimizer: Optimizer;
  text: Tokens;
  training: TrainingConfig;
  /** Updated as the loop goes, with each report. */
  progress: Progress;
  /** How many steps may begin beyond the one that is waited for. Absent: none, and every step is settled. */
  stepsAhead?: number;
  /** Whether the weights after this step are to be looked at, so that it has to be settled. */
  looksAfter?: (step: number) => boolean;
  /** When aborted: what has begun is finished and reported, and the loop ends. */
  signal?: AbortSignal | undefined;
  /** Train on the first batch again and again. */
  overfitOneBatch?: boolean;
}

export class Diverged extends TsgptError {}

const MOST_BAD_STEPS = 3;

interface StepUnderWay {
  learningRate: number;
  result: Promise<StepResult>;
}

/** Ends settled: at the last step, when the time is over, when the signal is aborted. */
export async function* trainingLoop(options: LoopOptions): AsyncGenerator<StepReport> {
  const { model, training, progress, stepsAhead = 0, looksAfter, signal } = options;
  const { context } = model.config;
  const { maxSeconds = Infinity } = training;
  const total = plannedSteps(training, context);
  const underWay: StepUnderWay[] = [];
  let begun = progress.step;
  let since = performance.now();
  const isOver = () => begun >= total || progress.seconds >= maxSeconds || signal?.aborted;
  try {
    while (!isOver()) {
      underWay.push(await begin(options, begun++, total));
      while (underWay.length > (isOver() || looksAfter?.(begun) ? 0 : stepsAhead)) {
        const { learningRate, result } = underWay.shift()!;
        const { loss, gradNorm, applied } = await result;
        const ms = performance.now() - since;
        progress.step++;
        progress.seconds += ms / 1000;
        progress.badSteps = applied ? 0 : progress.badSteps + 1;
        yield {
          step: progress.step,
          tokens: progress.step * tokensPerStep(training, context),
          loss,
          lr: learningRate,
          gradNorm,
          ms,
          skipped: !applied,
          settled: underWay.length === 0,
        };
        since = performance.now();
        // Later steps may have changed the weights by now, which nobody is to use any more.
        if (progress.badSteps >= MOST_BAD_STEPS) throw diverged(progress.step);
      }
    }
  } finally {
    await Promise.allSettled(underWay.map(({ result }) => result));
  }
}

async function begin(options: LoopOptions, index: number, total: number): Promise<StepUnderWay> {
  const { model, optimizer, training } = options;
  const { context } = model.config;
  const accumulation = accumulationOf(training, context);
  const learningRate = learningRateAt(index, total, training);
  const { result } = await beginStep(model, optimizer, {
    batches: batchesOf(options, index, accumulation),
    accumulation,
    learningRate,
    clip: training.clip,
    dropoutKey: dropoutKeyAt(training.seed, index),
  });
  return { learningRate, result };
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
