// The token that ends what a task's models write.
import { TsgptError } from '../base/errors.ts';
import type { SizedData } from './task.ts';

/** Refuses a tokenizer without one; `what` is what it ends. */
export function endOf({ name, endOfText }: SizedData['tokenizer'], what: string, hint: string): number {
  if (endOfText !== undefined) return endOfText;
  throw new TsgptError(
    `expected a tokenizer with an end-of-text token, which ends ${what}, but ${name} has none`,
    hint,
  );
}
