// The models that speed is measured with: each of a size people train, with the batch they would take.
import { UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import type { ModelConfig } from '../config/model.ts';

export interface Benchmark {
  about: string;
  model: ModelConfig;
  batchSize: number;
}

const CHARACTERS = { vocabSize: 65, dropout: 0 }; // tiny Shakespeare's kinds
const GPT = { arch: 'gpt', ...CHARACTERS } as const;
const LSTM = { arch: 'lstm', ...CHARACTERS, layers: 2, tiedHead: false } as const;

/** bench/peer.py has the same. */
export const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  'gpt-baby': {
    about: 'nanoGPT’s CPU example',
    model: { ...GPT, layers: 4, heads: 4, width: 128, context: 64 },
    batchSize: 12,
  },
  'gpt-char': {
    about: 'nanoGPT’s GPU example, smaller batch',
    model: { ...GPT, layers: 6, heads: 6, width: 384, context: 256 },
    batchSize: 8,
  },
  gpt2: {
    about: 'GPT-2 124M, context 256',
    model: { ...GPT, layers: 12, heads: 12, width: 768, context: 256, vocabSize: 50257 },
    batchSize: 2,
  },
  'gpt2-1024': {
    about: 'GPT-2 124M, its whole context: for a GPU',
    model: { ...GPT, layers: 12, heads: 12, width: 768, context: 1024, vocabSize: 50257 },
    batchSize: 8,
  },
  'lstm-small': {
    about: 'an LSTM to set beside gpt-baby',
    model: { ...LSTM, width: 256, context: 64 },
    batchSize: 12,
  },
  'lstm-char': {
    about: 'an LSTM to set beside gpt-char',
    model: { ...LSTM, width: 512, context: 256 },
    batchSize: 8,
  },
  'lstm-word': {
    about: 'the classic word-level LSTM',
    model: { ...LSTM, width: 650, context: 35, vocabSize: 10_000 },
    batchSize: 20,
  },
};

export function benchmarkNamed(name: string): Benchmark {
  if (Object.hasOwn(BENCHMARKS, name)) return BENCHMARKS[name]!;
  throw new UsageError(
    `unknown configuration ${JSON.stringify(name)}`,
    didYouMean(name, Object.keys(BENCHMARKS)),
  );
}
