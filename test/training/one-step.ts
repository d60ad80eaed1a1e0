// A training step of the task next-token, waited for.
import type { LanguageModel } from '../../src/architectures/language-model.ts';
import type { TokenBatch } from '../../src/tasks/next-token/batches.ts';
import { learning } from '../../src/tasks/next-token/learning.ts';
import { beginStep, type StepInput, type StepResult } from '../../src/training/step.ts';
import type { Optimizer } from '../made-optimizer.ts';

export type OneStep = Omit<StepInput<TokenBatch>, 'loss' | 'count' | 'batches'> & { batches: TokenBatch[] };

export async function takeStep(
  model: LanguageModel,
  optimizer: Optimizer,
  input: OneStep,
): Promise<StepResult> {
  const step = await beginStep(optimizer, {
    ...input,
    count: input.batches.length,
    loss: (batch, dropoutKey) => learning.loss(model, batch, dropoutKey ? { dropoutKey } : {}),
  });
  return step!.result;
}
