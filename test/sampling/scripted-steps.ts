// Steps of a writer that is no model: it says what it is told to.
import { expect } from 'vitest';
import * as tf from '#tfjs';
import type { Steps } from '../../src/architectures/pair-model.ts';

/** What a writer says after these tokens of a text, its first one included. */
export type Next = (text: number, tokens: readonly number[]) => number[];

export function scripted(next: Next, texts: number): Steps {
  let rows = Array.from({ length: texts }, (_, text) => ({ text, tokens: [] as number[] }));
  return {
    feed(tokens) {
      expect(tokens).toHaveLength(rows.length);
      rows = rows.map((row, i) => ({ ...row, tokens: [...row.tokens, tokens[i]!] }));
      return tf.tensor2d(rows.map(({ text, tokens }) => next(text, tokens)));
    },
    reorder(order) {
      rows = order.map((row) => rows[row]!);
    },
    dispose() {},
  };
}
