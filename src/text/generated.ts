// What generated texts have in common: documents that are each a pure function of (seed, number) and whose probability is known.
import { formatCount } from '../base/format.ts';
import { type Key, keyFor } from '../base/random.ts';
import type { TextSource } from './source.ts';

/** The stories' name, which others read without loading their grammar. */
export const STORIES = 'builtin:stories';

/** How much is generated, and from which seed, unless the user says otherwise. */
export const DEFAULT_DOCUMENTS = 20_000;
export const DEFAULT_SEED = 1;

export interface Generated {
  text: string;
  /** −ln of the probability that a document drawn from the generator is this text. */
  nats: number;
}

export interface Generator {
  /** As the user names it: "builtin:stories". */
  readonly name: string;
  /** What a document is, in the plural: "stories". */
  readonly documents: string;
  /** Separates its random numbers from those of others. */
  readonly purpose: string;
  write(key: Key): Generated;
}

export function generatedSource(
  { name, documents, purpose, write }: Generator,
  { count, seed }: { count: number; seed: number },
): TextSource {
  return {
    description: `${name} (${formatCount(count)} ${documents}, seed ${seed})`,
    async *pieces() {
      for (let i = 0; i < count; i++) yield { ...write(keyFor(seed, purpose, i)), endsDocument: true };
    },
  };
}
