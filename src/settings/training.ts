// How a model is trained: everything that decides a run's course. Stored in run.json.
import { z } from 'zod';
import type { ModelConfig } from '../architectures/config.ts';
import { ARCHITECTURES, architectureOf } from '../architectures/list.ts';
import { UsageError } from '../base/errors.ts';
import { DEFAULT_OPTIMIZER, OPTIMIZERS } from '../optimizers/list.ts';
import { taskOf } from '../tasks/list.ts';
import { RATE_SCALES } from './learning-rates.ts';

const count = z.int().positive();

export const trainingSchema = z.strictObject({
  batchSize: count.default(12).describe('windows of text in one batch'),
  window: count.optional().describe('tokens in a window, if fewer than the context'),
  totalBatchTokens: count.optional().describe('tokens in one step; batches are accumulated up to it'),
  maxSteps: count.default(2000).describe('stop after this many steps; the schedule is stretched over it'),
  maxTokens: count
    .optional()
    .describe(
      'stop after this many tokens, if that is sooner (of pairs and documents: as if all were as long as the context); the schedule follows',
    ),
  maxSeconds: z
    .number()
    .positive()
    .optional()
    .describe('stop after this much training time, if that is sooner'),
  learningRate: z.number().positive().default(1e-3).describe(`highest learning rate; ${RATE_SCALES}`),
  minLearningRate: z
    .number()
    .min(0)
    .default(1e-4)
    .describe(`learning rate at the end of the schedule; ${RATE_SCALES}`),
  schedule: z
    .enum(['cosine', 'linear', 'constant', 'wsd'])
    .default('cosine')
    .describe('course of the learning rate after warm-up; wsd = warm-up, stable, decay'),
  decayFraction: z
    .number()
    .gt(0)
    .max(1)
    .default(0.2)
    .describe('last share of a wsd schedule, in which the rate falls'),
  warmupSteps: z
    .int()
    .min(0)
    .optional()
    .describe('steps in which the learning rate rises (a twentieth of all, at most 100)'),
  optimizer: z
    .enum(OPTIMIZERS.map(({ name }) => name))
    .default(DEFAULT_OPTIMIZER.name)
    .describe(`${OPTIMIZERS.map(({ name }) => name).join(', ')}: what updates the weights`),
  clip: z.number().min(0).default(1).describe('longest gradient (global norm); 0 = no clipping'),
  evalInterval: count.default(250).describe('steps between evaluations'),
  evalTokens: count.default(20_000).describe('most tokens of the validation split to read at an evaluation'),
  earlyStop: z
    .int()
    .min(0)
    .default(0)
    .describe('stop after this many evaluations without a new best; 0 = never'),
  checkpointInterval: count.default(250).describe('steps between checkpoints'),
  keepLast: count.default(2).describe('checkpoints kept besides the best'),
  recompute: z
    .boolean()
    .default(false)
    .describe('compute activations again in the backward pass, and do not keep them: less memory, more time'),
  exampleOrder: z
    .enum(['random', 'shuffled'])
    .default('random')
    .describe('examples are drawn at random, or shuffled: each once before any comes again'),
  wire: z
    .enum(['fp32', 'bf16'])
    .default('fp32')
    .describe(
      'what gradients are sent as where several processes train: bf16 takes half the time, and gives other bits',
    ),
  seed: z.int().min(0).default(1337).describe('seed of weights, batches, dropout and samples'),
});

export type TrainingConfig = z.infer<typeof trainingSchema>;
/** What decides how many tokens are read at once, and in a step. */
export type Batching = Pick<TrainingConfig, 'batchSize' | 'window' | 'totalBatchTokens'>;

export function defaultWarmup(totalSteps: number): number {
  return Math.min(100, Math.floor(totalSteps / 20));
}

/** The first steps compile kernels and warm caches, so measures of speed leave them out. This is not the schedule's warm-up. */
export const WARM_UP_STEPS = 2;

/** What decides how long an example is, beside the settings of training. */
export type Learner = Pick<ModelConfig, 'arch' | 'context'>;

/** The most tokens that a text of an example has. */
export function windowOf({ window }: Pick<Batching, 'window'>, context: number): number {
  return window ?? context;
}

/** The most tokens that a batch has. */
export function tokensPerBatch(training: Pick<Batching, 'batchSize' | 'window'>, learner: Learner): number {
  return training.batchSize * taskOf(learner).exampleTokens(windowOf(training, learner.context));
}

/** Micro-batches in one step: enough to reach totalBatchTokens. */
export function accumulationOf(training: Batching, learner: Learner): number {
  const tokens = tokensPerBatch(training, learner);
  return Math.max(1, Math.ceil((training.totalBatchTokens ?? tokens) / tokens));
}

export function tokensPerStep(training: Batching, learner: Learner): number {
  return accumulationOf(training, learner) * tokensPerBatch(training, learner);
}

/** Refuses to recompute activations for an architecture that cannot. */
export function checkRecompute({ recompute }: Pick<TrainingConfig, 'recompute'>, learner: Learner): void {
  const { recomputes, title } = architectureOf(learner);
  if (!recompute || recomputes) return;
  const can = ARCHITECTURES.filter((other) => other.recomputes).map((other) => other.title);
  throw new UsageError(
    `models of the kind ${title} keep their activations: --recompute is for ${can.join(', ')}`,
    'leave it out, and take a smaller --batch-size',
  );
}

/** Steps the run is planned for, by maxSteps and maxTokens; none where a model is fitted at once. */
export function plannedSteps(training: TrainingConfig, learner: Learner): number {
  if (architectureOf(learner).isFitted) return 0;
  const { maxSteps, maxTokens = Infinity } = training;
  return Math.min(maxSteps, Math.ceil(maxTokens / tokensPerStep(training, learner)));
}
