// The flags of sample that ask for a walk from one text to another.
import { UsageError, unexpected } from '../base/errors.ts';
import { wholeFlag } from './flags.ts';

export interface BetweenFlags {
  between?: string[];
  steps?: string;
}

const USUAL_STEPS = 7;

/** Undefined where no walk is asked for. */
export function walkOf({
  between,
  steps,
}: BetweenFlags): { ends: [string, string]; steps: number } | undefined {
  if (between === undefined) {
    if (steps !== undefined)
      throw new UsageError(
        '--steps are of a walk between two texts',
        'give them, too: --between <text> <text>',
      );
    return undefined;
  }
  const [from, to, ...more] = between;
  if (from === undefined || to === undefined || more.length > 0)
    throw unexpected('--between', 'two texts', between.length, '--between "the first text" "the other"');
  return { ends: [from, to], steps: steps === undefined ? USUAL_STEPS : wholeFlag('steps', steps, 2) };
}
