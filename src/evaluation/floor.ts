// The entropy of a generated text, below which no model's loss can be expected to fall. docs/stories.md says what this bound means.
import type { SplitMeta } from '../data/meta.ts';
import { bitsPerByte } from './bits-per-byte.ts';

export interface Floor {
  /** Nats per token. */
  loss: number;
  bitsPerByte: number;
}

/** Returns nothing where the text's probability is not known. */
export function floorOf({ nats, tokens, bytes }: SplitMeta): Floor | undefined {
  return nats === undefined ? undefined : { loss: nats / tokens, bitsPerByte: bitsPerByte({ nats, bytes }) };
}
