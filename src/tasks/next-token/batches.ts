// Training batches: windows at random places, a pure function of (seed, step, micro-batch).
import { TsgptError } from '../../base/errors.ts';
import { keyFor, Stream } from '../../base/random.ts';
import type { Tokens } from '../../data/tokens.ts';
import type { Batch, BatchPlace } from '../task.ts';

export interface TokenBatch extends Batch {
  shape: [batch: number, context: number];
  tokens: Int32Array; // (B, T)
  targets: Int32Array; // (B, T): each token's successor
}

/** Refuses a split that is shorter than one window and the successor of the window's last token. */
export function checkLength(tokens: Tokens, context: number): void {
  if (tokens.length > context) return;
  throw new TsgptError(
    `expected at least ${context + 1} tokens for a context of ${context}, but the split has ${tokens.length}`,
    `lower context or window to ${tokens.length - 1} or less, or prepare more text`,
  );
}

export function batchAt(tokens: Tokens, { batchSize, context, seed, step, micro }: BatchPlace): TokenBatch {
  checkLength(tokens, context);
  const random = new Stream(keyFor(seed, 'batch', step, micro));
  const batch: TokenBatch = {
    size: batchSize * context,
    counted: batchSize * context,
    shape: [batchSize, context],
    tokens: new Int32Array(batchSize * context),
    targets: new Int32Array(batchSize * context),
  };
  for (let row = 0; row < batchSize; row++) {
    const window = tokens.read(random.below(tokens.length - context), context + 1);
    batch.tokens.set(window.subarray(0, context), row * context);
    batch.targets.set(window.subarray(1), row * context);
  }
  return batch;
}
