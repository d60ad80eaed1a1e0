// Whether CTC can align a target with its source.
import { TsgptError } from '../base/errors.ts';
import type { Pair } from '../data/pairs.ts';
import { stepsFor } from '../ops/index.ts';

/** `place` says in words which pair it is. */
export function checkAlignment({ source, target }: Pair, place: string, hint: string): void {
  const steps = stepsFor(target);
  if (steps <= source.length) return;
  throw new TsgptError(
    `expected sources as long as CTC needs for their targets, a token for each label and one between equal ones, ` +
      `but ${place} has ${source.length} tokens, and its target of ${target.length} needs ${steps}`,
    hint,
  );
}
