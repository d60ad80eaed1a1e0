// The examples of a batch, drawn at random: a pure function of (seed, step, micro-batch).
import { keyFor, Stream } from '../base/random.ts';
import type { BatchPlace } from './task.ts';

/** What examples are drawn from. */
interface Examples<Example> {
  readonly length: number;
  at(index: number): Example;
}

export function drawn<Example>(
  from: Examples<Example>,
  { batchSize, seed, step, micro }: BatchPlace,
): Example[] {
  const random = new Stream(keyFor(seed, 'batch', step, micro));
  return Array.from({ length: batchSize }, () => from.at(random.below(from.length)));
}
