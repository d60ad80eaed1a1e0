// Windows at random places of a text: a pure function of (seed, step, micro-batch).
import { TsgptError } from '../base/errors.ts';
import type { Tokens } from '../data/tokens.ts';
import { drawn } from './drawn.ts';
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
export function randomWindows(tokens: Tokens, place: BatchPlace): Int32Array[] {
  const { context } = place;
  checkLength(tokens, context);
  const at = (start: number) => tokens.read(start, context + 1);
  return drawn({ length: tokens.length - context, at }, place);
}
