// How long each of a comparison trains: all read as many tokens, or compute as many operations, or take as many seconds.

import type { ModelConfig } from '../architectures/config.ts';
import { createAnyModel } from '../architectures/create.ts';
import { architectureOf } from '../architectures/list.ts';
import { measure, trainingFlops } from '../benchmark/measure.ts';
import type { Settings } from '../settings/settings.ts';
import { tokensPerStep } from '../settings/training.ts';

export type Budget = { tokens: number } | { flops: number } | { seconds: number };

/** Steps that are timed to tell how many fit into some seconds. */
const TIMED_STEPS = 20;

/** Rounded up. */
export async function stepsFor(budget: Budget, model: ModelConfig, settings: Settings): Promise<number> {
  if (architectureOf(model).isFitted) return 1; // it takes none
  const tokens = tokensPerStep(settings, model);
  if ('tokens' in budget) return Math.ceil(budget.tokens / tokens);
  if ('flops' in budget) return Math.ceil(budget.flops / ((await flopsPerToken(model)) * tokens));
  const { batchSize } = settings;
  const { tokensPerSecond } = await measure({ about: '', model, batchSize }, { steps: TIMED_STEPS });
  return Math.ceil((budget.seconds * tokensPerSecond) / tokens);
}

export async function flopsPerToken(config: ModelConfig): Promise<number> {
  const model = await createAnyModel(config, 0);
  try {
    return trainingFlops(model);
  } finally {
    model.dispose();
  }
}
