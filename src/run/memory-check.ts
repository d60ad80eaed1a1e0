// Whether a run fits into memory, the GPU's or this machine's, asked before its first step.
import type { Model } from '../architectures/language-model.ts';
import { gpuAtWork } from '../backends/index.ts';
import { TsgptError } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import { type TrainingConfig, tokensPerStep } from '../settings/training.ts';
import { type Forecast, forecast, largestBatch, type Trained } from '../training/forecast.ts';

const SMALLER = 'take a smaller model or a shorter context';

export interface MemoryForecast extends Omit<Forecast, 'reading'> {
  /** "this machine’s", "the GPU’s" */
  whose: string;
  /** How many ranks hold as much each; undefined where a process trains alone. */
  ranks?: number | undefined;
  /** Given where reading the checkpoint takes more than training does; the total is this then. */
  reading?: number;
}

/** This machine's memory, if it is known, and whether the run's weights are read from a checkpoint. */
export interface Host {
  bytes?: number;
  reads?: boolean;
}

interface Memory {
  /** Whether reading a checkpoint takes of it. */
  reads: boolean;
  whose: string;
  /** Bytes that one array may have. */
  largestArray: number;
  fits(bytes: number): Promise<boolean>;
}

/**
 * Forecasts what the run will hold. Where that does not fit, the error names the batch that would. Where this machine's memory is
 * not known and no GPU is at work, nothing is returned.
 */
export async function checkMemory(
  model: Model,
  trained: Trained,
  training: TrainingConfig,
  host: Host = {},
): Promise<MemoryForecast | undefined> {
  const memory = memoryAtWork(host);
  if (memory === undefined) return undefined;
  const { whose, largestArray, reads } = memory;
  const totalBatchTokens = tokensPerStep(training, model.config);
  const withBatch = (batchSize: number): Omit<MemoryForecast, 'whose' | 'ranks'> => {
    const { reading, ...held } = forecast(model, trained, { ...training, totalBatchTokens, batchSize });
    return reads && reading > held.total ? { ...held, reading, total: reading } : held;
  };
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
  const { ranks } = trained;
  if (await memory.fits(planned.total)) return { ...planned, whose, ...(ranks !== undefined && { ranks }) };
  const best = await largestBatch(batchSize, (size) => memory.fits(withBatch(size).total));
  throw new TsgptError(
    `this run, with batchSize ${batchSize}, needs about ${formatBytes(planned.total)} of ${whose} memory, which it does not have`,
    advice(best, training, totalBatchTokens),
  );
}

function memoryAtWork({ bytes: hostBytes, reads = false }: Host): Memory | undefined {
  const gpu = gpuAtWork();
  if (gpu)
    return {
      reads: false,
      whose: 'the GPU’s',
      largestArray: gpu.largestArray,
      fits: (bytes) => gpu.fits(bytes),
    };
  if (hostBytes === undefined) return undefined;
  return {
    reads,
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
