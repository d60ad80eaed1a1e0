// How fast a model trains: whole steps (batch, forward, backward, clip, AdamW) on random tokens, on the running backend,
// one after another as the training loop takes them.

import type { Benchmark } from '../architectures/architecture.ts';
import { createAnyModel } from '../architectures/create.ts';
import { type Model, parameterCount } from '../architectures/language-model.ts';
import { gpuAtWork, stepsAhead } from '../backends/index.ts';
import { median } from '../base/median.ts';
import { tokensPerStep, trainingSchema, WARM_UP_STEPS } from '../settings/training.ts';
import { taskOf } from '../tasks/list.ts';
import type { Batch } from '../tasks/task.ts';
import { createOptimizer } from '../training/create-optimizer.ts';
import { type LoopOptions, trainingLoop } from '../training/loop.ts';

export interface Measured {
  parameters: number;
  /** Steps that were timed, the warm-up left out. */
  steps: number;
  /** The time is the median step's, and so are both rates. */
  msPerStep: number;
  tokensPerSecond: number;
  /** Thousands of millions of floating-point operations a second, as `trainingFlops` counts them. */
  gflopsPerSecond: number;
  /** The last step's loss, before its update. */
  loss: number;
  /** What the GPU's memory held at most, and the share of the timed steps in which it was idle; null where none tells. */
  gpuMemoryBytes: number | null;
  gpuIdle: number | null;
}

export interface MeasureOptions {
  /** What batches are drawn from, as the model's task knows it; without it, random examples as long as the context. */
  split?: unknown;
  /** How many steps to time; without it, as many as `isEnough` asks for. */
  steps?: number | undefined;
  /** Called after every step; `timed` counts those after the warm-up. */
  onStep?: (timed: number, ms: number) => void;
}

const SEED = 0;
/** No end: whoever measures has one. */
const TRAINING = {
  seed: SEED,
  learningRate: 1e-3,
  schedule: 'constant',
  warmupSteps: 0,
  maxSteps: Number.MAX_SAFE_INTEGER,
};
const LEAST = { steps: 10, ms: 5_000 };
const MOST_MS = 30_000;

/** Whether to stop: a stable median on a fast engine, and at least an answer on a slow one. */
export function isEnough(steps: number, ms: number): boolean {
  return (steps >= LEAST.steps && ms >= LEAST.ms) || ms >= MOST_MS;
}

export async function measure(benchmark: Benchmark, options: MeasureOptions = {}): Promise<Measured> {
  const model = await createAnyModel(benchmark.model, SEED);
  const training = trainingSchema.parse({ ...TRAINING, batchSize: benchmark.batchSize });
  const optimizer = await createOptimizer(model.parameters, model.config, { ...training, beta2: 0.95 });
  const task = await taskOf(model.config).load();
  const split = options.split ?? task.randomSplit(model.config, SEED);
  const work = { model, optimizer, task, split, training };
  const { times, loss } = await timeSteps(work, options);
  const tokens = tokensPerStep(training, model.config);
  const gpu = gpuAtWork();
  const seconds = median(times) / 1000;
  const measured = {
    parameters: parameterCount(model),
    steps: times.length,
    msPerStep: seconds * 1000,
    tokensPerSecond: tokens / seconds,
    gflopsPerSecond: (trainingFlops(model) * tokens) / seconds / 1e9,
    loss,
    gpuMemoryBytes: gpu?.peakBytes ?? null,
    gpuIdle: (await gpu?.idle()) ?? null,
  };
  optimizer.dispose();
  model.dispose();
  return measured;
}

async function timeSteps(
  work: Omit<LoopOptions<Model, unknown, Batch>, 'progress'>,
  { steps, onStep }: MeasureOptions,
): Promise<{ times: number[]; loss: number }> {
  const times: number[] = [];
  let [total, loss] = [0, Number.NaN];
  const isDone = () => (steps === undefined ? isEnough(times.length, total) : times.length >= steps);
  const progress = { step: 0, tokens: 0, seconds: 0, badSteps: 0 };
  for await (const report of trainingLoop({ ...work, progress, stepsAhead: stepsAhead() })) {
    const { step, ms } = report;
    loss = report.loss;
    if (step === WARM_UP_STEPS) gpuAtWork()?.measureIdle(true);
    if (step > WARM_UP_STEPS) {
      times.push(ms);
      total += ms;
    }
    onStep?.(times.length, ms);
    if (isDone()) break;
  }
  gpuAtWork()?.measureIdle(false);
  return { times, loss };
}

/**
 * Floating-point operations of training on one token. Counted are matrix products and attention, a multiply-add as two:
 * the forward pass, attention over the full context although half of it is masked, and twice as much for the backward.
 * Where an example has a source and a target, a layer sees the tokens of one of them alone.
 */
export function trainingFlops({ layers, config }: Pick<Model, 'layers' | 'config'>): number {
  const { context } = config;
  const seen = context / taskOf(config).exampleTokens(context);
  return 3 * seen * layers.reduce((sum, { flopsPerToken }) => sum + flopsPerToken, 0);
}
