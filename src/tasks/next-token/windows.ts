// The windows in which a whole split is evaluated, so that every token but the first is predicted exactly once.
import { unexpected } from '../../base/errors.ts';

export interface EvalWindow {
  /** Inputs are tokens start … start + count − 1; the targets are their successors. */
  start: number;
  count: number;
  /** Only this many of the last targets count; the others were scored in the window before. */
  scored: number;
}

/**
 * Windows of `context` inputs (the last may be shorter), each `stride` after the one before. With stride = context
 * they are disjoint; with a smaller stride every scored target but the first ones sees at least context − stride + 1 inputs.
 */
export function* evalWindows(length: number, context: number, stride: number): Generator<EvalWindow> {
  if (!Number.isInteger(stride) || stride < 1 || stride > context) {
    throw unexpected('stride', `a whole number from 1 to the context, ${context},`, stride);
  }
  const last = length - 1; // the last position that is predicted
  for (let start = 0, done = 0; done < last; start += stride) {
    const end = Math.min(start + context, last);
    yield { start, count: end - start, scored: end - done };
    done = end;
  }
}
