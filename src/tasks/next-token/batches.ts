// Training batches: windows at random places, a pure function of (seed, step, micro-batch).
import type { Tokens } from '../../data/tokens.ts';
import type { Batch, BatchPlace } from '../task.ts';
import { randomWindows } from '../text-windows.ts';

export interface TokenBatch extends Batch {
  shape: [batch: number, context: number];
  tokens: Int32Array; // (B, T)
  targets: Int32Array; // (B, T): each token's successor
}

export function batchAt(tokens: Tokens, place: BatchPlace): TokenBatch {
  const { batchSize, context } = place;
  const batch: TokenBatch = {
    size: batchSize * context,
    counted: batchSize * context,
    shape: [batchSize, context],
    tokens: new Int32Array(batchSize * context),
    targets: new Int32Array(batchSize * context),
  };
  for (const [row, window] of randomWindows(tokens, place).entries()) {
    batch.tokens.set(window.subarray(0, context), row * context);
    batch.targets.set(window.subarray(1), row * context);
  }
  return batch;
}
