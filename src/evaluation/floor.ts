// The entropy of a generated text: no model can expect to lose less. docs/stories.md says what this bound means.
import type { SplitMeta } from '../data/meta.ts';

export interface Floor {
  /** Nats per token. */
  loss: number;
  bitsPerByte: number;
}

/** Nothing where the text's probability is not known. */
export function floorOf({ nats, tokens, bytes }: SplitMeta): Floor | undefined {
  return nats === undefined ? undefined : { loss: nats / tokens, bitsPerByte: nats / Math.LN2 / bytes };
}
