// Windows at random places of a text: a pure function of (seed, step, micro-batch).
import { TsgptError } from '../base/errors.ts';
import { keyFor, Stream } from '../base/random.ts';
import type { Tokens } from '../data/tokens.ts';
import type { BatchPlace } from './task.ts';

/** Refuses a split that is shorter than one window and the successor of the window's last token. */
export function checkLength(tokens: Tokens, context: number): void {
  if (tokens.length > context) return;
  throw new TsgptError(
    `expected at least ${context + 1} tokens for a context of ${context}, but the split has ${tokens.length}`,
    `lower context or window to ${tokens.length - 1} or less, or prepare more text`,
  );
}

/** Each of `context` tokens, and the one that follows. */
export function randomWindows(
  tokens: Tokens,
  { batchSize, context, seed, step, micro }: BatchPlace,
): Int32Array[] {
  checkLength(tokens, context);
  const random = new Stream(keyFor(seed, 'batch', step, micro));
  const read = () => tokens.read(random.below(tokens.length - context), context + 1);
  return Array.from({ length: batchSize }, read);
}
