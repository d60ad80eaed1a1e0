// The training loop: steps until the budget is spent. Knows nothing of disk, evaluation or sampling: those who
// iterate over it act between steps. A GPU may be a few steps ahead of the reports, except where the weights are looked at.

import type { Model } from '../architectures/language-model.ts';
import { TsgptError } from '../base/errors.ts';
import { type Key, keyFor } from '../base/random.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { accumulationOf, plannedSteps, type TrainingConfig, windowOf } from '../settings/training.ts';
import type { Batch, Learning, Measures } from '../tasks/task.ts';
import { Ranked } from './ranked.ts';
import { learningRateAt } from './schedule.ts';
import { beginStep, type StepResult } from './step.ts';

/** Where a run stands; with the weights, the optimizer and the settings this is all there is to know of it. */
export interface Progress {
  /** Steps reported, skipped ones included. */
  step: number;
  /** Tokens in their batches. */
  tokens: number;
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
  /** Milliseconds in which the step waited for its batches to be read. */
  dataMs: number;
  /** Milliseconds in the loop since the report before; over all reports they add up to the loop's whole time. */
  ms: number;
  /** The loss or the gradient was not finite: the weights were left as they were. */
  skipped: boolean;
  /** No later step has begun: the weights are this step's. */
  settled: boolean;
}

/** The model, and what it learns from. */
export interface Examples<M extends Model, Split, B extends Batch> {
  model: M;
  task: Pick<Learning<M, Split, B, Measures>, 'batchAt' | 'loss'>;
  split: Split;
}

export interface LoopOptions<M extends Model, Split, B extends Batch> extends Examples<M, Split, B> {
  optimizer: Optimizer;
  training: TrainingConfig;
  /** Updated as the loop goes, with each report. */
  progress: Progress;
  /** How many steps may begin beyond the one that is waited for. Absent: none, and every step is settled. */
  stepsAhead?: number;
  /** Whether the weights after this step are to be looked at, so that it has to be settled. */
  looksAfter?: (step: number) => boolean;
  /**
   * When aborted: the loop ends. The step under way is dropped if it has micro-batches that are not begun, which changes
   * nothing; what was begun before is reported.
   */
  signal?: AbortSignal | undefined;
  /** Called between a step's micro-batches. */
  onMicroBatch?: ((progress: MicroProgress) => void) | undefined;
  /** Train on the first batch again and again. */
  overfitOneBatch?: boolean;
}

/** How far a step has come. */
export interface MicroProgress {
  step: number;
  done: number;
  count: number;
  /** Since the step began. */
  ms: number;
}

export class Diverged extends TsgptError {}

const MOST_BAD_STEPS = 3;

interface StepUnderWay {
  learningRate: number;
  dataMs: number;
  result: Promise<StepResult>;
}

/** The last report is settled, whether the loop ends by its steps, by its time or by the signal. */
export async function* trainingLoop<M extends Model, Split, B extends Batch>(
  options: LoopOptions<M, Split, B>,
): AsyncGenerator<StepReport> {
  const { model, optimizer, training, progress, stepsAhead = 0, looksAfter, signal } = options;
  const { maxSeconds = Infinity } = training;
  const total = plannedSteps(training, model.config);
  const underWay: StepUnderWay[] = [];
  let begun = progress.step;
  let since = performance.now();
  const isOver = () => begun >= total || progress.seconds >= maxSeconds || signal?.aborted;
  try {
    while (!isOver()) {
      const next = await begin(options, begun, total);
      if (next) {
        underWay.push(next);
        begun++;
      }
      while (underWay.length > (isOver() || looksAfter?.(begun) ? 0 : stepsAhead)) {
        const { learningRate, dataMs, result } = underWay.shift()!;
        const { loss, gradNorm, tokens, applied } = await result;
        const own = performance.now() - since;
        const ms = optimizer instanceof Ranked ? await optimizer.endStep(own) : own;
        progress.step++;
        progress.tokens += tokens;
        progress.seconds += ms / 1000;
        progress.badSteps = applied ? 0 : progress.badSteps + 1;
        yield {
          step: progress.step,
          tokens: progress.tokens,
          loss,
          lr: learningRate,
          gradNorm,
          dataMs,
          ms,
          skipped: !applied,
          settled: underWay.length === 0,
        };
        since = performance.now();
        // Later steps may have changed the weights by now, so nobody may use them any more.
        if (progress.badSteps >= MOST_BAD_STEPS) throw diverged(progress.step);
      }
    }
  } finally {
    await Promise.allSettled(underWay.map(({ result }) => result));
  }
}

async function begin<M extends Model, Split, B extends Batch>(
  options: LoopOptions<M, Split, B>,
  index: number,
  total: number,
): Promise<StepUnderWay | undefined> {
  const { model, task, optimizer, training, signal, onMicroBatch } = options;
  const count = accumulationOf(training, model.config);
  const learningRate = learningRateAt(index, total, training);
  const start = performance.now();
  let dataMs = 0;
  const onRead = (ms: number) => {
    dataMs += ms;
  };
  const step = await beginStep(optimizer, {
    batches: batchesOf(options, index, count, onRead),
    count,
    loss: (batch, dropoutKey) =>
      task.loss(model, batch, { ...(dropoutKey && { dropoutKey }), recompute: training.recompute }),
    learningRate,
    clip: training.clip,
    dropoutKey: dropoutKeyAt(training.seed, index),
    signal,
    onMicroBatch:
      onMicroBatch &&
      ((done) => onMicroBatch({ step: index + 1, done, count, ms: performance.now() - start })),
  });
  return step && { learningRate, dataMs, result: step.result };
}

function* batchesOf<M extends Model, Split, B extends Batch>(
  { model, task, split, training, overfitOneBatch }: LoopOptions<M, Split, B>,
  index: number,
  count: number,
  onRead: (ms: number) => void,
): Generator<B> {
  const { batchSize, seed, exampleOrder: order } = training;
  const step = overfitOneBatch ? 0 : index;
  const context = windowOf(training, model.config.context);
  for (let micro = 0; micro < count; micro++) {
    const since = performance.now();
    const batch = task.batchAt(split, { batchSize, context, seed, step, micro, micros: count, order });
    onRead(performance.now() - since);
    yield batch;
  }
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
