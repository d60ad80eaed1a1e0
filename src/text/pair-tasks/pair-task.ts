// What generated tasks have in common: pairs of texts that are each a pure function of (seed, number).
import { formatCount } from '../../base/format.ts';
import { type Key, keyFor, type Stream } from '../../base/random.ts';
import type { PairSource, PairTokenizers, TextPair } from '../pair-source.ts';

export interface PairTask {
  /** As the user names it: "builtin:dates". */
  readonly name: string;
  readonly description: string;
  readonly tokenizers: PairTokenizers;
  /** The greatest share of targets that can be told exactly: 1 where the source determines its target. */
  readonly ceiling: number;
  write(key: Key): TextPair;
}

export function pairsOfTask(
  { name, tokenizers, ceiling, write }: PairTask,
  { count, seed }: { count: number; seed: number },
): PairSource {
  return {
    description: `${name} (${formatCount(count)} pairs, seed ${seed})`,
    tokenizers,
    ceiling,
    async *pairs() {
      for (let i = 0; i < count; i++) yield write(keyFor(seed, name, i));
    },
  };
}

export function pick<T>(stream: Stream, list: ArrayLike<T>): T {
  return list[stream.below(list.length)]!;
}

/** A whole number from `least` to `most`. */
export function between(stream: Stream, least: number, most: number): number {
  return least + stream.below(most - least + 1);
}
