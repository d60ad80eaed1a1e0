// How long each of a comparison trains: all read as many tokens, or compute as many operations, or take as many seconds.

import type { ModelConfig } from '../architectures/config.ts';
import { createAnyModel } from '../architectures/create.ts';
import { architectureOf } from '../architectures/list.ts';
import { measure, trainingFlops } from '../benchmark/measure.ts';
import { accumulationOf, plannedSteps } from '../settings/training.ts';
import type { Entrant } from './match.ts';
import { Reading } from './reading.ts';

export type Budget = { tokens: number } | { flops: number } | { seconds: number };

/** Steps that are timed to tell how many fit into some seconds. */
const TIMED_STEPS = 20;

/** Rounded up. `train` is a split as the model's task knows it. */
export async function stepsFor(
  budget: Budget,
  { model, settings }: Pick<Entrant, 'model' | 'settings'>,
  train: unknown,
): Promise<number> {
  if (architectureOf(model).isFitted) return 1; // it takes none
  if ('seconds' in budget) {
    const benchmark = { about: '', model, batchSize: settings.batchSize };
    const { msPerStep } = await measure(benchmark, { steps: TIMED_STEPS, split: train });
    return Math.ceil((1000 * budget.seconds) / (msPerStep * accumulationOf(settings, model)));
  }
  const tokens = 'tokens' in budget ? budget.tokens : budget.flops / (await flopsPerToken(model));
  return (await Reading.of(model, settings, train)).stepsFor(tokens);
}

/** The tokens that it reads by its own settings. */
export async function plannedTokens(
  { model, settings }: Pick<Entrant, 'model' | 'settings'>,
  train: unknown,
): Promise<number> {
  return (await Reading.of(model, settings, train)).after(plannedSteps(settings, model));
}

export async function flopsPerToken(config: ModelConfig): Promise<number> {
  const model = await createAnyModel(config, 0);
  try {
    return trainingFlops(model);
  } finally {
    model.dispose();
  }
}
