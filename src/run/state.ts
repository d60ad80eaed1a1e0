// Where a run stands, as a checkpoint's state.json holds it besides the weights and the optimizer.
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';

const stateSchema = z.object({
  step: z.int().min(0),
  /** Absent in runs of the first version, all of whose steps have the same number. */
  tokens: z.int().min(0).optional(),
  seconds: z.number().min(0),
  badSteps: z.int().min(0),
  valLoss: z.number().optional(),
  bestValLoss: z.number().optional(),
  best: z.string().optional(),
  evaluationsSinceBest: z.int().min(0),
});

export type RunState = z.infer<typeof stateSchema> & { tokens: number };

export function newState(): RunState {
  return { step: 0, tokens: 0, seconds: 0, badSteps: 0, evaluationsSinceBest: 0 };
}

export function checkState(state: unknown, tokensPerStep: number, where: string): RunState {
  const parsed = stateSchema.safeParse(state);
  if (parsed.success) return { tokens: parsed.data.step * tokensPerStep, ...parsed.data };
  throw new TsgptError(
    `${where} was not saved by a run of this version: it has no training state that can be read`,
    'start a new run from its weights: --init',
  );
}
