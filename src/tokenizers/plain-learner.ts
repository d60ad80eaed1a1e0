// Learns byte-pair merges from a text in JavaScript.
import type { TextSource } from '../text/source.ts';
import { countWords } from './count-words.ts';
import { learnMerges } from './learn-merges.ts';

export interface Wanted {
  /** How words are split. */
  pattern: string;
  /** How many merges, if the text has pairs enough that occur `least` times. */
  merges: number;
  least: number;
}

export interface Told {
  characters(read: number): void;
  merges(done: number): void;
  /** How many different words there were, and the bytes of memory that they and their pairs took. */
  memory?(words: number, bytes: number): void;
}

export type LearnedMerges = readonly (readonly [left: number, right: number])[];

/** The merges, the first first; undefined where there is no text. */
export async function learnFrom(
  source: TextSource,
  { pattern, merges, least }: Wanted,
  told: Told,
): Promise<LearnedMerges | undefined> {
  const words = await countWords(source, pattern, told.characters);
  return words.size === 0 ? undefined : learnMerges(words, merges, least, told.merges);
}
