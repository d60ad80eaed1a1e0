// Conversations side by side, each in a row of its own: none sees another, as a model that writes from left to right does not see
// the padding after a row's end either.
import * as tf from '#tfjs';
import { TsgptError } from '../../base/errors.ts';
import type { Example } from '../../chat/tokens.ts';
import type { Conversations } from '../../data/conversations.ts';

/** Of a conversation that is longer than the context, as much as there is room for: so many tokens, and one that follows. */
export function cutTo(context: number, { ids, learned }: Example): Example {
  return { ids: ids.subarray(0, context + 1), learned: learned.subarray(0, context + 1) };
}

/** Those of which a token is learned within the context, as the last one of each is; refuses a split without one. */
export function usable(split: Conversations, context: number): number[] {
  const found = Array.from({ length: split.length }, (_, i) => i).filter((i) => {
    const length = split.lengthOf(i);
    return length > context + 1 ? learnedIn(cutTo(context, split.at(i))) > 0 : length > 1;
  });
  if (found.length > 0) return found;
  throw new TsgptError(
    `expected an answer that begins within the context, ${context} tokens, but no conversation has one`,
    'raise it: --context, or --window',
  );
}

/** How many conversations are longer than the context, and are cut or left out. */
export function longerThan(split: Conversations, context: number): number {
  let longer = 0;
  for (let i = 0; i < split.length; i++) if (split.lengthOf(i) > context + 1) longer++;
  return longer;
}

/** How many tokens of a conversation a model reads: all but the last, which it only predicts. */
export function inputsOf(split: Conversations, index: number, context: number): number {
  return Math.min(split.lengthOf(index) - 1, context);
}

/** How many tokens are predicted: the first has nothing before it. */
export function learnedIn({ learned }: Example): number {
  return learned.subarray(1).reduce((sum, mark) => sum + (mark ? 1 : 0), 0);
}

/** Inputs and targets, (B, T), padded to the longest; a target of −1 does not count. The caller disposes of them. */
export function paddedRows(examples: readonly Example[]): { inputs: tf.Tensor2D; targets: tf.Tensor2D } {
  const T = Math.max(...examples.map(({ ids }) => ids.length - 1));
  const shape: [number, number] = [examples.length, T];
  const inputs = new Int32Array(examples.length * T);
  const targets = new Int32Array(examples.length * T).fill(-1);
  for (const [b, { ids, learned }] of examples.entries()) {
    inputs.set(ids.subarray(0, -1), b * T);
    for (let t = 1; t < ids.length; t++) if (learned[t]) targets[b * T + t - 1] = ids[t]!;
  }
  return { inputs: tf.tensor2d(inputs, shape, 'int32'), targets: tf.tensor2d(targets, shape, 'int32') };
}
