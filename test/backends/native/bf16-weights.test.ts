// A model whose weights are held as bfloat16 writes what a model writes whose weights were rounded to bfloat16 before.

import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { ModelConfig } from '../../../src/architectures/config.ts';
import type { LanguageModel } from '../../../src/architectures/language-model.ts';
import { holdWeightsAsBf16, startBackend } from '../../../src/backends/index.ts';
import { LANGUAGE_ARCHS } from '../../made-models.ts';
import { CNN, GPT, GRU, LLAMA, LSTM, livelyModel, nextLogits, RNN } from '../../models/example.ts';
import { missing } from '../../on-backends.ts';
import { TOLERANCE } from '../../tolerances.ts';
import { nearestBf16 } from '../bf16.ts';

const SHARED = { vocabSize: 101, context: 24, width: 40 };
const CONFIGS: Readonly<Record<string, ModelConfig>> = {
  gpt: { ...GPT, ...SHARED },
  llama: { ...LLAMA, ...SHARED },
  lstm: { ...LSTM, ...SHARED },
  gru: { ...GRU, ...SHARED },
  rnn: { ...RNN, ...SHARED },
  cnn: { ...CNN, ...SHARED },
} satisfies Record<string, ModelConfig>;
const PROMPT = [1, 5, 2, 100, 7];

function roundMatrices({ parameters }: LanguageModel): void {
  for (const weight of parameters.values()) {
    if (weight.rank !== 2) continue;
    tf.tidy(() => weight.assign(tf.tensor(weight.dataSync<'float32'>().map(nearestBf16), weight.shape)));
  }
}

/** The logits of each token, the prompt's last to the end: always the likeliest goes on. */
async function greedy(model: LanguageModel, count: number): Promise<{ tokens: number[]; logits: number[] }> {
  const decoding = model.startDecoding();
  const row = decoding.join();
  const [tokens, logits]: [number[], number[]] = [[], []];
  let fed = PROMPT;
  while (tokens.length < count) {
    const [next] = (await nextLogits(decoding, [{ row, tokens: fed }])) as [number[]];
    logits.push(...next);
    tokens.push(next.indexOf(Math.max(...next)));
    fed = tokens.slice(-1);
  }
  decoding.dispose();
  return { tokens, logits };
}

describe.skipIf(missing)(missing ?? 'native', () => {
  beforeAll(() => startBackend('native', { precision: 'fp32' }));

  it.each(LANGUAGE_ARCHS)('%s', async (arch) => {
    const make = () => livelyModel(CONFIGS[arch]!);
    const [held, rounded, exact] = [make(), make(), make()];
    holdWeightsAsBf16(held.parameters.values());
    roundMatrices(rounded);
    const [ours, expected] = [await greedy(held, 40), await greedy(rounded, 40)];
    expect(ours.tokens).toEqual(expected.tokens);
    expect(ours.logits).toAgree(expected.logits, 'op');
    // Weights that were not rounded give other logits.
    const { logits } = await greedy(exact, 1);
    const first = ours.logits.slice(0, logits.length);
    expect(first).not.toAgree(logits, 10 * TOLERANCE.op);
    for (const model of [held, rounded, exact]) model.dispose();
  });
});
