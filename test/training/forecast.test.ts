// What a run will hold in the GPU's memory, beside what it then holds.
import { startBackend, tokensOf } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/architectures/config.ts';
import { backend } from '../../src/backends/webgpu/memory.ts';
import { BufferTally } from '../../src/backends/webgpu/tally.ts';
import { keyFor, Stream } from '../../src/base/random.ts';
import { accumulationOf } from '../../src/settings/training.ts';
import { batchAt } from '../../src/tasks/next-token/batches.ts';
import { forecast, largestBatch } from '../../src/training/forecast.ts';
import { addLora } from '../../src/training/lora.ts';
import { startIdleGpu } from '../idle-gpu.ts';
import { createModel, emptyModel } from '../made-models.ts';
import { Optimizer } from '../made-optimizer.ts';
import { ABLATED, GEMMA, LLAMA } from '../models/example.ts';
import { missingGpu } from '../on-backends.ts';
import { takeStep } from './one-step.ts';

const GPT = { arch: 'gpt', vocabSize: 65, layers: 2, heads: 12, width: 48, context: 24, dropout: 0 } as const;
const SIZES = { vocabSize: 65, width: 48, context: 24, headSize: 12, mlpWidth: 128 };
const LLAMA_48 = { ...LLAMA, ...SIZES };
/** Its logits, which are capped, are most of what it keeps. */
const ABLATED_48 = { ...ABLATED, ...SIZES, vocabSize: 1000 };
const GEMMA_48 = { ...GEMMA, ...SIZES };
const LSTM = {
  arch: 'lstm',
  vocabSize: 65,
  layers: 2,
  width: 48,
  context: 8,
  dropout: 0,
  tiedHead: false,
} as const;

interface Case {
  name: string;
  config: ModelConfig;
  batchSize: number;
  totalBatchTokens?: number;
  /** Trains only what this picks. */
  pick?: RegExp;
  lora?: boolean;
}

const CASES: Case[] = [
  { name: 'a GPT', config: GPT, batchSize: 6 },
  { name: 'a Llama', config: LLAMA_48, batchSize: 6 },
  { name: 'a Llama, every switch the other way', config: ABLATED_48, batchSize: 6 },
  { name: 'a Llama of Gemma’s parts', config: GEMMA_48, batchSize: 6 },
  { name: 'a larger batch, with dropout', config: { ...GPT, layers: 1, dropout: 0.1 }, batchSize: 13 },
  { name: 'two batches a step', config: { ...GPT, layers: 1 }, batchSize: 4, totalBatchTokens: 192 },
  { name: 'a large vocabulary', config: { ...GPT, layers: 1, vocabSize: 1500 }, batchSize: 3 },
  { name: 'all but the blocks frozen', config: GPT, batchSize: 6, pick: /^h\./ },
  { name: 'LoRA', config: { ...GPT, layers: 1 }, batchSize: 2, lora: true },
  { name: 'an LSTM with peepholes', config: { ...LSTM, peepholes: true }, batchSize: 7 },
  { name: 'a GRU', config: { ...LSTM, arch: 'gru' }, batchSize: 7 },
  { name: 'an RNN', config: { ...LSTM, arch: 'rnn' }, batchSize: 7 },
  { name: 'a CNN', config: { ...LSTM, arch: 'cnn', kernel: 3, dilationCycle: 2 }, batchSize: 7 },
  {
    name: 'a tied LSTM with dropout',
    config: { ...LSTM, layers: 1, dropout: 0.1, tiedHead: true, vocabSize: 400 },
    batchSize: 5,
  },
];

describe.skipIf(missingGpu)(missingGpu ?? 'the forecast is within 10 % of what is taken', () => {
  beforeAll(startIdleGpu);

  it.each(CASES)('$name', async ({ config, batchSize, totalBatchTokens, pick, lora }) => {
    const model = createModel(config, 1);
    const chosen = new Map([...model.parameters].filter(([name]) => pick?.test(name) ?? true));
    const trained = lora ? addLora(model, { rank: 4, alpha: 8, targets: ['c_attn', 'c_fc'] }, 1) : chosen;
    const batching = { batchSize, ...(totalBatchTokens && { totalBatchTokens }) };
    const { total } = forecast(model, { parameters: trained, statePerParameter: () => 2 }, batching);
    const taken = await bytesOf(async () => {
      const optimizer = new Optimizer(trained);
      for (let step = 0; step < 3; step++) await oneStep(step, optimizer);
      optimizer.dispose();
    });
    model.dispose();
    if (lora) for (const variable of trained.values()) variable.dispose();
    expect(Math.abs(total / taken - 1)).toBeLessThan(0.1);

    async function oneStep(step: number, optimizer: Optimizer) {
      const accumulation = accumulationOf(batching, config);
      const batches = Array.from({ length: accumulation }, (_, micro) =>
        batchAt(TEXT, { batchSize, context: config.context, seed: 1, step, micro }),
      );
      const dropoutKey = Number(config.dropout) > 0 ? keyFor(1, 'dropout', step) : undefined;
      const settings = { learningRate: 1e-3, clip: 1, dropoutKey };
      await takeStep(model, optimizer, { batches, ...settings });
    }
  });
});

describe('the forecast in plain numbers', () => {
  beforeAll(() => startBackend('plain'));

  it('counts the floats that GPT-2 124M keeps for a token', () => {
    const config = {
      arch: 'gpt',
      vocabSize: 50257,
      layers: 12,
      heads: 12,
      width: 768,
      context: 1024,
      dropout: 0,
    } as const;
    const { floatsPerToken } = emptyModel({ ...config, vocabSize: 1, context: 1 });
    // Embeddings, twice; blocks of 16 widths, a number a head and four of the norms; the last norm.
    expect(floatsPerToken.kept).toBe(2 * 768 + 12 * (16 * 768 + 12 + 4) + 768 + 2);
    expect(floatsPerToken.widest).toBe(4 * 768);
  });

  it.each([
    [9, 8],
    [8, 7],
    [5, 4],
    [1, undefined],
  ])('of batches below %d, the largest that holds is %s', async (batchSize, expected) => {
    expect(await largestBatch(batchSize, (size) => size < 20)).toBe(expected);
  });

  it('the largest batch is found in a few questions, or none where none holds', async () => {
    const asked: number[] = [];
    expect(await largestBatch(1000, (size) => asked.push(size) > 0 && size <= 37)).toBe(37);
    expect(asked.length).toBeLessThan(11);
    expect(await largestBatch(1000, () => false)).toBe(undefined);
  });
});

const random = new Stream(keyFor(1, 'text'));
const TEXT = tokensOf(Array.from({ length: 2000 }, () => random.below(65)));

/** The most memory that work takes at once, beyond what is held already. */
async function bytesOf(work: () => Promise<void>): Promise<number> {
  backend().freeUnused();
  const tally = new BufferTally(backend().device);
  await work();
  return tally.peakBytes;
}
