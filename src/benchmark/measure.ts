// How fast a model trains: whole steps (batch, forward, backward, clip, AdamW) on random tokens, on the running backend.
import { median } from '../base/median.ts';
import { keyFor, Stream } from '../base/random.ts';
import { batchAt } from '../data/batches.ts';
import { type Tokens, tokensOf } from '../data/tokens.ts';
import { createModel, type LanguageModel, parameterCount } from '../models/index.ts';
import { Optimizer } from '../training/optimizer.ts';
import { trainStep } from '../training/step.ts';
import type { Benchmark } from './configs.ts';

export interface Measured {
  parameters: number;
  /** Steps that were timed, the warm-up left out. */
  steps: number;
  /** Of the median step, as both rates. */
  msPerStep: number;
  tokensPerSecond: number;
  /** Thousands of millions of floating-point operations a second, as `trainingFlops` counts them. */
  gflopsPerSecond: number;
  /** Of the last step, before its update. */
  loss: number;
}

export interface MeasureOptions {
  /** How many steps to time; without it, as many as `isEnough` asks for. */
  steps?: number | undefined;
  /** Called after every step; `timed` counts those after the warm-up. */
  onStep?: (timed: number, ms: number) => void;
}

const SEED = 0;
const POOL_TOKENS = 200_000;
const WARM_UP_STEPS = 2;
const LEAST = { steps: 10, ms: 5_000 };
const MOST_MS = 30_000;

/** Whether to stop: a stable median on a fast engine, and at least an answer on a slow one. */
export function isEnough(steps: number, ms: number): boolean {
  return (steps >= LEAST.steps && ms >= LEAST.ms) || ms >= MOST_MS;
}

export async function measure(benchmark: Benchmark, options: MeasureOptions = {}): Promise<Measured> {
  const model = createModel(benchmark.model, SEED);
  const optimizer = new Optimizer(model.parameters, { beta1: 0.9, beta2: 0.95, weightDecay: 0.1 });
  const { times, loss } = await timeSteps(model, optimizer, benchmark.batchSize, options);
  const tokens = benchmark.batchSize * benchmark.model.context;
  const seconds = median(times) / 1000;
  const measured = {
    parameters: parameterCount(model),
    steps: times.length,
    msPerStep: seconds * 1000,
    tokensPerSecond: tokens / seconds,
    gflopsPerSecond: (trainingFlops(model) * tokens) / seconds / 1e9,
    loss,
  };
  optimizer.dispose();
  model.dispose();
  return measured;
}

async function timeSteps(
  model: LanguageModel,
  optimizer: Optimizer,
  batchSize: number,
  { steps, onStep }: MeasureOptions,
): Promise<{ times: number[]; loss: number }> {
  const { vocabSize, context } = model.config;
  const pool = randomTokens(vocabSize);
  const times: number[] = [];
  let [total, loss] = [0, Number.NaN];
  const isDone = () => (steps === undefined ? isEnough(times.length, total) : times.length >= steps);
  for (let step = 0; !isDone(); step++) {
    const start = performance.now();
    const batches = [batchAt(pool, { batchSize, context, seed: SEED, step, micro: 0 })];
    const settings = { accumulation: 1, learningRate: 1e-3, clip: 1, dropoutKey: undefined };
    ({ loss } = await trainStep(model, optimizer, { batches, ...settings }));
    const ms = performance.now() - start;
    if (step >= WARM_UP_STEPS) {
      times.push(ms);
      total += ms;
    }
    onStep?.(times.length, ms);
  }
  return { times, loss };
}

/**
 * Floating-point operations of training on one token. Counted are matrix products and attention, a multiply-add as two:
 * the forward pass, attention over the full context although half of it is masked, and twice as much for the backward.
 */
export function trainingFlops({ layers }: Pick<LanguageModel, 'layers'>): number {
  return 3 * layers.reduce((sum, { flopsPerToken }) => sum + flopsPerToken, 0);
}

function randomTokens(vocabSize: number): Tokens {
  const random = new Stream(keyFor(SEED, 'bench'));
  return tokensOf(Array.from({ length: POOL_TOKENS }, () => random.below(vocabSize)));
}
