// Whether a run fits into memory, the GPU's or this machine's, asked before its first step.
import type { Model } from '../architectures/language-model.ts';
import { gpuAtWork } from '../backends/index.ts';
import { TsgptError } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import { type TrainingConfig, tokensPerStep } from '../settings/training.ts';
import { type Forecast, forecast, largestBatch, type Trained } from '../training/forecast.ts';

const SMALLER = 'take a smaller model or a shorter context';

export interface MemoryForecast extends Forecast {
  /** "this machine’s", "the GPU’s" */
  whose: string;
}

interface Memory {
  whose: string;
  /** Bytes that one array may have. */
  largestArray: number;
  fits(bytes: number): Promise<boolean>;
}

/**
 * Forecasts what the run will hold. Where that does not fit, the error names the batch that would. `hostBytes` is this machine's
 * memory; where it is not known and no GPU is at work, nothing is returned.
 */
export async function checkMemory(
  model: Model,
  trained: Trained,
  training: TrainingConfig,
  hostBytes?: number,
): Promise<MemoryForecast | undefined> {
  const memory = memoryAtWork(hostBytes);
  if (memory === undefined) return undefined;
  const { whose, largestArray } = memory;
  const totalBatchTokens = tokensPerStep(training, model.config);
  const withBatch = (batchSize: number) =>
    forecast(model, trained, { ...training, totalBatchTokens, batchSize });
  const { batchSize } = training;
  const planned = withBatch(batchSize);

  const { largest } = planned;
  if (largest.bytes > largestArray) {
    const best = await largestBatch(batchSize, (size) => withBatch(size).largest.bytes <= largestArray);
    throw new TsgptError(
      `${largest.name} takes ${formatBytes(largest.bytes)}, and an array in ${whose} memory has at most ${formatBytes(largestArray)}`,
      advice(best, training, totalBatchTokens),
    );
  }
  if (await memory.fits(planned.total)) return { ...planned, whose };
  const best = await largestBatch(batchSize, (size) => memory.fits(withBatch(size).total));
  throw new TsgptError(
    `this run, with batchSize ${batchSize}, needs about ${formatBytes(planned.total)} of ${whose} memory, which it does not have`,
    advice(best, training, totalBatchTokens),
  );
}

function memoryAtWork(hostBytes: number | undefined): Memory | undefined {
  const gpu = gpuAtWork();
  if (gpu) return { whose: 'the GPU’s', largestArray: gpu.largestArray, fits: (bytes) => gpu.fits(bytes) };
  if (hostBytes === undefined) return undefined;
  return {
    whose: 'this machine’s',
    largestArray: Number.MAX_SAFE_INTEGER,
    fits: async (bytes) => bytes <= hostBytes,
  };
}

/** Names the batch that would fit, with the flag that keeps as many tokens in a step. */
function advice(batchSize: number | undefined, training: TrainingConfig, tokens: number): string {
  if (batchSize === undefined) return `${SMALLER}: not even a batch of 1 would fit`;
  const asBefore =
    training.totalBatchTokens === undefined
      ? `, and --total-batch-tokens ${tokens} for steps as long as before`
      : '';
  return `take a batch of ${batchSize} (--batch-size ${batchSize})${asBefore}`;
}
