// The examples of a batch, drawn at random: a pure function of (seed, step, micro-batch).
import { drawnInEpochs } from '../base/permutation.ts';
import { keyFor, Stream } from '../base/random.ts';
import type { BatchPlace } from './task.ts';

/** What examples are drawn from. */
interface Examples<Example> {
  readonly length: number;
  at(index: number): Example;
}

/** Each at random; or, if the order is shuffled, each once in an epoch. */
export function drawn<Example>(from: Examples<Example>, place: BatchPlace): Example[] {
  if (place.order === 'shuffled') {
    const key = keyFor(place.seed, 'epoch');
    return placesOf(place).map((number) => from.at(drawnInEpochs(number, from.length, key).index));
  }
  const random = randomOf(place);
  return Array.from({ length: place.batchSize }, () => from.at(random.below(from.length)));
}

export function randomOf({ seed, step, micro }: BatchPlace): Stream {
  return new Stream(keyFor(seed, 'batch', step, micro));
}

/** The numbers of the batch's examples among all examples of the run. */
export function placesOf({ batchSize, step, micro, micros = 1 }: BatchPlace): number[] {
  const first = (step * micros + micro) * batchSize;
  return Array.from({ length: batchSize }, (_, row) => first + row);
}
