// Random pairs, to measure speed with.
import type { ModelConfig } from '../../architectures/config.ts';
import { keyFor, Stream } from '../../base/random.ts';
import { type Pairs, pairsOf } from '../../data/pairs.ts';

const COUNT = 1000;

/** Sources are as long as the context. */
export function randomPairs(config: ModelConfig, targetLength: number, seed: number): Pairs {
  const { context, vocabSize, sourceVocabSize } = config;
  const random = new Stream(keyFor(seed, 'bench'));
  const text = (length: number, kinds: number) => Int32Array.from({ length }, () => random.below(kinds));
  return pairsOf(
    Array.from({ length: COUNT }, () => ({
      source: text(context, Number(sourceVocabSize)),
      target: text(targetLength, vocabSize),
    })),
  );
}
