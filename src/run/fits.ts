// Whether a run fits into the GPU's memory, asked before its first step.

import type { LanguageModel } from '../architectures/language-model.ts';
import { gpuAtWork } from '../backends/index.ts';
import { TsgptError } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import { type TrainingConfig, tokensPerStep } from '../settings/training.ts';
import { type Forecast, forecast, largestBatch } from '../training/forecast.ts';
import type { Optimizer } from '../training/optimizer.ts';

const SMALLER = 'take a smaller model or a shorter context';

/** What it will hold there; nothing where no GPU is at work. Where it does not fit the error names the batch that would. */
export async function checkMemory(
  model: LanguageModel,
  trained: Optimizer['parameters'],
  training: TrainingConfig,
): Promise<Forecast | undefined> {
  const gpu = gpuAtWork();
  if (gpu === undefined) return undefined;
  const totalBatchTokens = tokensPerStep(training, model.config.context);
  const withBatch = (batchSize: number) =>
    forecast(model, trained, { ...training, totalBatchTokens, batchSize });
  const { batchSize } = training;
  const planned = withBatch(batchSize);

  const { largest } = planned;
  if (largest.bytes > gpu.largestArray) {
    const best = await largestBatch(batchSize, (size) => withBatch(size).largest.bytes <= gpu.largestArray);
    throw new TsgptError(
      `${largest.name} takes ${formatBytes(largest.bytes)}, and this GPU has at most ${formatBytes(gpu.largestArray)} for an array`,
      advice(best, training, totalBatchTokens),
    );
  }
  if (await gpu.fits(planned.total)) return planned;
  const best = await largestBatch(batchSize, (size) => gpu.fits(withBatch(size).total));
  throw new TsgptError(
    `this run needs about ${formatBytes(planned.total)} of the GPU’s memory, which it does not have`,
    advice(best, training, totalBatchTokens),
  );
}

/** Steps of as many tokens as before, in more batches. */
function advice(batchSize: number | undefined, training: TrainingConfig, tokens: number): string {
  if (batchSize === undefined) return `${SMALLER}: not even a batch of 1 would fit`;
  const asBefore =
    training.totalBatchTokens === undefined
      ? `, and --total-batch-tokens ${tokens} for steps as long as before`
      : '';
  return `take a batch of ${batchSize} (--batch-size ${batchSize})${asBefore}`;
}
