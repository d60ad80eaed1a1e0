// What an n-gram model has counted, as tensors: for each order the n-grams, sorted by the n-gram of one token less that they
// begin with (their parent, a place in the order below) and then by their last token.
import { type ParameterSpec, vector, within } from '../../layers/parameters.ts';
import type { NgramConfig } from './config.ts';

/** Numbers up to this are whole in float32, which a checkpoint holds. */
export const MOST_ENTRIES = 2 ** 24;

export const PARTS = ['parent', 'token', 'count'] as const;

export function orderName(order: number): string {
  return `order.${order}`;
}

export function* ngramSpecs({ entries }: Pick<NgramConfig, 'entries'>): Generator<ParameterSpec> {
  for (const [i, size] of entries.entries())
    yield* within(
      orderName(i + 1),
      PARTS.map((part) => vector(part, size)),
    );
}
