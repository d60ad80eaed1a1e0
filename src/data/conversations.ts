// Conversations as tokens, read by position: a split on disk (chat-file.ts) or, here, a list in memory.
import type { Example } from '../chat/tokens.ts';

/**
 * Conversations in order, each as its tokens and marks of those that are learned.
 */
export interface Conversations {
  readonly length: number;
  /** How many tokens the conversation of this index has. */
  lengthOf(index: number): number;
  /** Reads the conversation of this index, which must exist. */
  at(index: number): Example;
}

/**
 * Makes a list of conversations readable as a split is.
 * @example
 * import { conversationsOf } from 'tsgpt';
 * const split = conversationsOf([{ ids: Int32Array.of(5, 6, 7), learned: Uint8Array.of(0, 1, 1) }]);
 * console.log(split.lengthOf(0), split.at(0).ids);
 */
export function conversationsOf(examples: readonly Example[]): Conversations {
  return {
    length: examples.length,
    lengthOf: (index) => examples[index]!.ids.length,
    at: (index) => examples[index]!,
  };
}
