// Decoding token by token, or in any portions, gives what one forward pass over the same text gives.
import { describe, expect, it } from 'vitest';
import type { LanguageModel } from '../../src/architectures/language-model.ts';
import { maxRelativeError } from '../base/compare.ts';
import { describeOnAllBackends } from '../on-backends.ts';
import { TOLERANCE } from '../tolerances.ts';
import { fullLogits, GPT, ids, LSTM, livelyModel, nextLogits, randomTexts, tensorsInUse } from './example.ts';

const ARCHITECTURES = [
  { name: 'gpt', config: GPT },
  { name: 'lstm', config: LSTM },
  { name: 'lstm with a tied head', config: { ...LSTM, tiedHead: true } },
];

describeOnAllBackends(() => {
  describe.each(ARCHITECTURES)('$name', ({ config }) => {
    it.each([
      { batch: 1, portions: ones(16) },
      { batch: 3, portions: ones(16) },
      { batch: 1, portions: [16] },
      { batch: 3, portions: [16] },
      { batch: 1, portions: [3, 1, 1, 7, 2, 1] },
      { batch: 3, portions: [1, 5, 1, 1, 8] },
    ])('batch $batch fed $portions', async ({ batch, portions }) => {
      const model = livelyModel(config);
      const texts = randomTexts(1, batch, 16, config.vocabSize);
      const decoding = model.startDecoding(batch);
      const full = await fullLogits(model, texts);
      let fed = 0;
      for (const count of portions) {
        const next = await nextLogits(decoding, portion(texts, fed, count));
        fed += count;
        const expected = full.flatMap((positions) => positions[fed - 1]!);
        expect(maxRelativeError(next, expected), `after ${fed} tokens`).toBeLessThan(TOLERANCE.model);
      }
    });

    it('keeps no tensors but its memory, however long, and frees that', async () => {
      const model = livelyModel({ ...config, context: 8 });
      const texts = randomTexts(2, 2, 60, config.vocabSize);
      const before = tensorsInUse();
      const decoding = model.startDecoding(2);
      await nextLogits(decoding, portion(texts, 0, 1));
      const during = tensorsInUse();
      for (let at = 1; at < 60; at++) {
        await nextLogits(decoding, portion(texts, at, 1));
        expect(tensorsInUse(), `after ${at + 1} tokens`).toEqual(during);
      }
      expect(during.numTensors).toBe(before.numTensors + 2 * config.layers);
      decoding.dispose();
      expect(tensorsInUse()).toEqual(before);
    });

    it('decodings of one model do not disturb one another', async () => {
      const model = livelyModel(config);
      const [left, right] = [randomTexts(3, 1, 6, config.vocabSize), randomTexts(4, 1, 6, config.vocabSize)];
      const only = model.startDecoding(1);
      const first = model.startDecoding(1);
      const second = model.startDecoding(1);
      for (let at = 0; at < 5; at++) await nextLogits(only, portion(left, at, 1));
      const alone = await nextLogits(only, portion(left, 5, 1));
      for (let at = 0; at < 5; at++) {
        await nextLogits(first, portion(left, at, 1));
        await nextLogits(second, portion(right, at, 1));
      }
      expect(await nextLogits(first, portion(left, 5, 1))).toEqual(alone);
    });
  });

  describe('a GPT past its context', () => {
    // How many tokens it still sees after each feed: all while they fit, then the last three quarters of the context.
    it.each([
      { context: 8, portions: ones(15), seen: [1, 2, 3, 4, 5, 6, 7, 8, 6, 7, 8, 6, 7, 8, 6] },
      { context: 8, portions: [5, 5, 2, 1, 3], seen: [5, 6, 8, 6, 6] },
      { context: 8, portions: [8, 1, 20, 2], seen: [8, 6, 6, 8] },
      { context: 8, portions: [25, 1], seen: [6, 7] },
      { context: 5, portions: ones(9), seen: [1, 2, 3, 4, 5, 3, 4, 5, 3] },
      { context: 2, portions: ones(4), seen: [1, 2, 1, 2] },
      { context: 1, portions: [1, 1, 3], seen: [1, 1, 1] },
    ])('of $context, fed $portions, sees $seen', async ({ context, portions, seen }) => {
      const model = livelyModel({ ...GPT, context });
      for (const batch of [1, 3]) {
        const texts = randomTexts(5, batch, sum(portions), GPT.vocabSize);
        const decoding = model.startDecoding(batch);
        let fed = 0;
        for (const [i, count] of portions.entries()) {
          const next = await nextLogits(decoding, portion(texts, fed, count));
          fed += count;
          const windows = texts.map((text) => text.slice(fed - seen[i]!, fed));
          const expected = await lastLogits(model, windows);
          expect(maxRelativeError(next, expected), `batch ${batch}, ${fed} tokens`).toBeLessThan(
            TOLERANCE.model,
          );
        }
      }
    });
  });

  it('an LSTM past its context still remembers all of its text', async () => {
    const model = livelyModel({ ...LSTM, context: 8 });
    const texts = randomTexts(6, 3, 30, LSTM.vocabSize);
    const decoding = model.startDecoding(3);
    await nextLogits(decoding, portion(texts, 0, 20));
    const next = await nextLogits(decoding, portion(texts, 20, 10));
    expect(maxRelativeError(next, await lastLogits(model, texts))).toBeLessThan(TOLERANCE.model);
  });

  it('a GPT refuses a whole text longer than its context', () => {
    const model = livelyModel(GPT);
    expect(() => model.logits(ids([ones(17)]))).toThrow('gpt: expected at most 16 positions, but got 17');
  });
});

/** Tokens at … at + count − 1 of each text, row by row. */
function portion(texts: number[][], at: number, count: number): Int32Array {
  return Int32Array.from(texts.flatMap((text) => text.slice(at, at + count)));
}

async function lastLogits(model: LanguageModel, texts: number[][]): Promise<number[]> {
  return (await fullLogits(model, texts)).flatMap((positions) => positions.at(-1)!);
}

function ones(count: number): number[] {
  return new Array<number>(count).fill(1);
}

function sum(counts: number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
