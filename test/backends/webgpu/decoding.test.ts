// Decoding on the GPU: it writes the same text as plain, and reads one number a sample and token.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as tf from '#tfjs';
import type { ModelConfig } from '../../../src/architectures/config.ts';
import { startBackend } from '../../../src/backends/index.ts';
import { Slot } from '../../../src/backends/webgpu/arena.ts';
import { backend } from '../../../src/backends/webgpu/memory.ts';
import { collectSamples, generate } from '../../../src/sampling/generate.ts';
import { byteTokenizer } from '../../../src/tokenizers/byte-pair.ts';
import { GPT, LSTM, livelyModel } from '../../models/example.ts';
import { missingGpu } from '../../on-backends.ts';

// One layer and a prompt of one token: a software GPU takes most of its time to compile, for each number of rows anew.
const CONFIGS: ModelConfig[] = [GPT, LSTM].map((config) => ({ ...config, vocabSize: 260, layers: 1 }));
const INPUT = { maxTokens: 5, numSamples: 2, topK: 50, topP: 0.9, repetitionPenalty: 1.1 };

const tokenizer = byteTokenizer();

async function write(config: ModelConfig) {
  const model = livelyModel(config);
  const samples = await collectSamples(generate(model, tokenizer, tokenizer.encode('O'), INPUT));
  model.dispose();
  return samples;
}

describe.skipIf(missingGpu)(missingGpu ?? 'webgpu', () => {
  beforeAll(() => startBackend('webgpu'));
  afterEach(() => vi.restoreAllMocks());

  it.each(CONFIGS)('$arch writes the same samples as on plain', async (config) => {
    await startBackend('plain');
    const expected = await write(config);
    await startBackend('webgpu');
    expect(await write(config)).toEqual(expected);
  });

  it.each(CONFIGS)('$arch reads from the GPU once a token, one number a sample', async (config) => {
    const read = vi.spyOn(backend(), 'getBufferData');
    const samples = await write(config);
    const sizes = read.mock.calls.map(([memory]) =>
      memory instanceof Slot ? memory.binding.size : memory.size,
    );
    expect(samples.map(({ finish }) => finish)).toEqual(['length', 'length']);
    expect(sizes).toEqual(new Array(INPUT.maxTokens).fill(4 * INPUT.numSamples));
  });

  it('holds no more of the GPU’s memory after a second text than after the first', async () => {
    const held = () => ({ ...tf.memory(), buffers: backend().bufferManager.getNumUsedBuffers() });
    await write(CONFIGS[0]!);
    const before = held();
    await write(CONFIGS[0]!);
    expect(held()).toEqual(before);
  });
});
